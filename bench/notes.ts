import type { WeighedLoad } from './residuals/weigh.ts'
import { named } from './table.ts'

/** How to read the tables. */
export const READING: readonly string[] = [
  'Contestants of a table run in turns, round after round, in the same process or against the same client, so that what',
  'slows the machine slows them alike: trust the ratios more than the times. Times in process are means of batches of at',
  'least 0.2 ms: p50 and p99 are taken over batches, so that p99 shows pauses of the machine and of the collector, not',
  'single slow decisions. Every contestant is first checked to give the right answer to every request, allows and denials;',
  'one that is slow is checked on as many as it answers in two seconds.',
]

/** What is unequal in the first table. */
export const IN_PROCESS_NOTES: readonly string[] = [
  'The case: users in teams, documents shared with teams, 256 different requests of 16 users to view, edit or delete a',
  'document. Four rules can apply (shared with their team, weekdays only; shared with their team; owned by them;',
  'contractors cannot); the rest are about other actions, other types, or other named users. 10,000 tuples.',
  '',
  'What is unequal:',
  '',
  '- **ours, cached** finds what the stored facts say of the request in the cache and evaluates only what depends on the',
  '  call. No peer here keeps such a cache, so compare their times with **ours, cold** as well: the cache is empty for each',
  '  request, relations are read from the graph, and what was learned is put into the cache.',
  '- Ours tells weekdays in the time zone of the org from an instant, and answers with reasons or with what is missing.',
  '  The peers are handed the weekday as a number and answer yes or no (Cedar also names policies).',
  '- **cedar-wasm** has its policies parsed beforehand, but takes entities with each call: here only the user with their',
  '  teams and the document, gathered beforehand. Handing them to WebAssembly is part of its time; in Rust it has no such cost.',
  '  Neither it nor casbin is told which policies could apply to a request: both look at all of them.',
  '- **casbin** holds users and teams as roles. How a document belongs to a user is a function over plain maps.',
  '  It is asked without promises, the fastest way it has. Its own cache of whole answers is not used: it does not know',
  '  when a fact has changed.',
  '- **CASL** has no subjects: one ability for each user was built beforehand of the rules that concern that user, with',
  '  the teams written into it, and the document is handed over with its attributes. It does the least work of all, and a change of',
  '  teams or rules means to build abilities again, which is not measured.',
]

/** What the second table holds. */
export const TUPLE_NOTES: readonly string[] = [
  'The same rules (100), and 4,096 different requests of 2,048 users: neither the tuples nor the cached entries that a',
  'request meets are likely to be in the caches of the processor. Peers are left out: none of them stores relations.',
]

/** What the cache takes beside the second table. */
export const residualNotes = (bench: WeighedLoad, hard: WeighedLoad): readonly string[] => [
  `A cached residual takes **${bench.bytes.toFixed(0)} bytes** on the heap and in buffers: what ${named(bench.size)} of them added that were asked like these, over`,
  `requests whose texts are their own. With nested groups, folders, an attribute of each document and agents, nearly each of`,
  `another user about another document, it takes ${hard.bytes.toFixed(0)}.`,
]

/** What the last table holds. */
export const AUTHORING_NOTES: readonly string[] = [
  'Rules of fourteen shapes beside six definitions, all different. **Compile** is what loading an org costs: text to',
  'rules, nothing known before. **Publish** changes one rule in the middle of the text and counts from the call until the',
  'first decision that only the new rule allows: it checks the text, writes the version to the embedded database, applies',
  'it from the changelog, and decides. What the change means for others (the analysis) is told afterwards and not counted.',
]
