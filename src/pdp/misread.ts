import { misreadIn } from '../relations/misread.ts'
import type { Model } from '../relations/model.ts'
import { PdpError } from './errors.ts'

/** What an OpenFGA server would grant to some who do not have it under a model, one a line. */
export const misread = (model: Model): readonly string[] =>
  misreadIn(model).map(
    ({ type, relation, through, asked }) => `\`${type}#${relation}\` through \`${through}\`, asked of a \`${asked}\``,
  )

/** A relation that a server gets wrong is not given to one. */
export function refuseMisread(model: Model): void {
  const [first, ...more] = misread(model)
  if (first === undefined) return
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`
  throw new PdpError(
    'relations_differ',
    `an OpenFGA server grants too much under this model: ${first}${others}; give what recurs a relation of its own, as docs/relations-server.md shows`,
    { misread: [first, ...more] },
  )
}
