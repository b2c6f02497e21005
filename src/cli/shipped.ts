import { packageFiles, packageText } from '../adapters/package-files.ts'
import { compileShipped, type Shipped } from '../pdp/shipped.ts'

/** What ships with the package, compiled; read here as the server reads it, without the server's own imports. */
export function shippedRules(): Shipped {
  const policies = packageFiles('policies', '.policy').map(name => ({ name, text: packageText(`policies/${name}`) }))
  return compileShipped({ name: 'system.fga', text: packageText('models/system.fga') }, policies)
}
