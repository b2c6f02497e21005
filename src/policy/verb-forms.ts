/** Verbs that a sentence begins with to tell what to do. */
export const IMPERATIVES: ReadonlySet<string> = new Set(
  'allow let permit enable block stop prevent deny ban prohibit forbid grant give restrict limit require'.split(' '),
)

/** Verbs that end as if they were forms of another. */
const AS_THEY_ARE: ReadonlySet<string> = new Set(
  'bring ping ring string sing swing spring sting wing king fling cling sling alias bias canvas'.split(' '),
)

/** Stems that lost an `e` before `ing`, by how they end. */
const SILENT_E =
  /(?:v|z|c|u|[^s]s|[bcdfgkptz]l|[dr]g|[aeu]g|ang|[^aeo]at|creat|(?:del|compl|comp)et|(?:wr|v|c|gn|n)it|(?:(?:^|[^i])[mvn]|qu)ot|ut|[^eo]ad|[^aeo]id|[cl]od|[^o]ud|[nfg]am|t?[^a]im|um|com|[^eo]ak|[^ou]ik|[^o]ok|scal|(?:mp|nc|of|^f)il|ul|[fbml]in|[lp]on|(?:t|pr)un|[^eo]ap|[wp]ip|scop|yp|[^eo]ar|[^a]ir|st?or|gnor|plor|[^o]ur|cach)$/

const NO_SILENT_E = /(?:sync|visit|focus|limit|edit|pivot|^hang|^bang|admin|plugin|login|^eat|^add)$/

/** `reading`, `releasing`, `submitting` as `read`, `release`, `submit`. */
function withoutIng(word: string): string {
  const stem = word.slice(0, -3)
  return !/[aeiouy]/.test(stem) || stem.length < 2 ? word : fromStem(stem)
}

/** The verb whose `-ing` or `-ed` form is made from a stem: `releas` of `release`, `submitt` of `submit`. */
export function fromStem(stem: string): string {
  if (/([bdgmnprt])\1$/.test(stem) && !/^(?:add|err)$/.test(stem)) return stem.slice(0, -1)
  return SILENT_E.test(stem) && !NO_SILENT_E.test(stem) ? `${stem}e` : stem
}

/** `reads`, `publishes`, `copies` as `read`, `publish`, `copy`. */
function withoutS(word: string): string {
  if (/(?:ss|us|is)$/.test(word) || word.length < 4) return word
  if (/[^aeiou]ies$/.test(word)) return word.length < 5 ? word.slice(0, -1) : `${word.slice(0, -3)}y`
  if (/(?:sh|[^a]ch|x|ss|zz|o)es$/.test(word)) return word.slice(0, -2)
  return word.slice(0, -1)
}

/** The action a form of a verb names: its base form. A word that is no such form is left as it is. */
export function baseForm(word: string): string {
  if (AS_THEY_ARE.has(word) || !/^[a-z]+$/.test(word)) return word
  if (word.endsWith('ing')) return withoutIng(word)
  return word.endsWith('s') ? withoutS(word) : word
}
