import { DEPTH, NESTING, WIDTH } from './world.ts'

/** What the tables of the graph alone hold. */
export const GRAPH_NOTES: readonly string[] = [
  `One world holds all shapes: a direct tuple; a document shared with ${WIDTH} groups; ${DEPTH} folders in a row, the`,
  `right at the top; ${NESTING} groups in each other; a document that needs two rights; one that groups are let into and a`,
  'group is kept out of. 256 different checks a shape, spread over all of its objects, every other one denied. **Estimated**',
  'is what the graph says it holds, **grown** what heap and buffers grew by, garbage collected; **load** writes all tuples one',
  'by one. **List** answers whole and sorted, and checks every object it lists.',
]

/** What is unequal beside the server. */
export const SERVER_NOTES = (version: string | null): readonly string[] =>
  version === null
    ? ['OpenFGA is not installed where this was measured: only ours is shown.']
    : [
        `OpenFGA ${version}, the same requests from the same client to ours under \`/openfga\` and to the server, both with a key,`,
        'each server a process on one core (where the machine can do that; the server could use more), in turns, medians over',
        'rounds; **ours is** how many times as many requests a second ours answers, the median of the ratios of each round. Each',
        'server is first checked to give the right answers. Machines with other work on them give other times; see the ratios',
        'and the processor time, which is that of the server process for one request.',
        '',
        'What is unequal:',
        '',
        '- **memory** is the engine the server has for trying it out. It looks through all tuples for each that it reads or',
        '  writes, so loading grows with the square of their number and a million are out of its reach: it stands at the small',
        '  size alone. **SQLite** is an engine with indexes, in the same process as well, on a file.',
        '- **caches** has its caches of checks and of what it reads turned on, large enough for everything, for an hour, and',
        '  two seconds of the same questions to fill them before anything counts. They may answer with what is no longer so, for as long as they hold an entry. Ours answers from all tuples',
        '  anew each time, and knows of every write.',
        `- Chains longer than 25 hops are refused by both unless they are told otherwise: \`--resolve-node-limit\` and`,
        `  \`RELATION_HOPS\` are ${DEPTH + 10}.`,
        '- A check that takes longer than three seconds the server does not answer: **not answered**.',
        '- Ours holds the tuples in memory beside its database; the server fetches them as it goes.',
      ]

/** What lists and loads hold. */
export const LIST_NOTES: readonly string[] = [
  'A user is listed on one object in a hundred tuples, by way of a group. **List** is `list-objects`: ours is whole and',
  'sorted, the server ends at 1,000 objects or three seconds, whichever is first, without a word. **Stream** is',
  '`streamed-list-objects`, whose first line is the nearest to a first page that the API has; the server ends it at three',
  'seconds.',
  '',
  'Written over HTTP, 100 tuples a request, four at a time. Ours writes each request to the embedded database, its',
  'changelog and the graph before it answers; at the large size its tuples were not written over HTTP.',
]
