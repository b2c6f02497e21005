import { BATCH_SIZE } from './load.ts'
import type { Versions } from './race.ts'

const openfgaNotes = (version: string | null): readonly string[] =>
  version === null
    ? ['- **OpenFGA** is not installed where this was measured.']
    : [
        `- **OpenFGA** ${version} has the rules in its model, checks a key, and tells no reasons. At the small size its tuples are in`,
        '  memory, the engine it has for trying it out, which looks through all of them; at the large one in SQLite. **Caches** has its',
        '  caches on, for an hour: it may answer with what is no longer so.',
      ]

/** npm's embedded build is no peer here: it answers checks in its own process only, its port serves none. */
const spicedbNotes = (version: string | null): readonly string[] =>
  version === null
    ? ['- **SpiceDB** is not installed where this was measured (`go install github.com/authzed/spicedb/cmd/spicedb`).']
    : [
        `- **SpiceDB** ${version} is the server itself, its tuples in memory (npm's embedded build answers checks in its own process only,`,
        '  on no port). It is asked in gRPC, as its users do; **HTTP** is its own gateway, which speaks gRPC to itself. As it comes it',
        '  may answer from what was so some seconds ago, and begins a new cache with each such window; **fully consistent** is the',
        '  newest state, whose cache lasts until the next write. The client of gRPC takes more of its own core than that of HTTP.',
      ]

/** What the table of checks that were asked before holds, and what is unequal in all that follow. */
export const WARM_NOTES = (pinned: boolean, { openfga, spicedb }: Versions): readonly string[] => [
  'The case: users in teams, teams in teams, documents shared with teams; may a user view or delete a document? Half the',
  'questions are about a document shared with a team the user is in, mostly by way of other teams. 2,048 different ones, the',
  'nth about 1/n as often as the first, one after another on each kept-alive connection, every one answered before the',
  'clock starts. Each answer is compared with what it must be, in every table: a server that is wrong once ends the bench.',
  pinned
    ? 'Each server is a process on one core; the client is a process on the other.'
    : 'Each server is a process of its own, and so is the client; nothing holds them to cores of their own.',
  'Medians over rounds; ratios are the medians of the ratios of each round. Processor time is what the server process took for',
  'one request, all its threads together.',
  '',
  'What is unequal:',
  '',
  '- **ours** checks an API key and asks its own rules whether that key may check, reads and validates the body, decides by a',
  '  hundred rules in English over the relations, tells why, and logs every decision with the facts it read. The log goes to the',
  '  embedded database, which is a thread of the same process;',
  ...(pinned
    ? [
        '  it shares the core of the client, as a database elsewhere would leave the core of the service alone. In the row',
        '  **database on the same core** everything the process does is held to one core.',
      ]
    : ['  it is free to use another core.']),
  '  A burst may be faster than its log: **log written** counts the time until the last decision is in the database.',
  '- **bare Koa** and **bare node** read and parse the same bodies with the same headers, look the answer up in a map and write',
  '  the same bytes: what no service on Koa, or on `node:http`, can be faster than.',
  '- **Cerbos** checks no key, keeps no audit log, holds the same hundred rules, and is told owner, shares and all teams (those',
  '  that teams are in as well) in each request, where the others look them up: so a small world is as good as a large one.',
  ...openfgaNotes(openfga),
  ...spicedbNotes(spicedb),
  '- The compiled servers (Go) could use more than the one core they have here.',
]

export const BATCH_NOTES: readonly string[] = [
  `${BATCH_SIZE} questions of one user in a request: AuthZEN's evaluations, OpenFGA's batch check, SpiceDB's bulk check, Cerbos'`,
  'resources. Times are for a request, decisions and processor time for each decision; **÷ its singles** is how many times as',
  'many decisions a second as by single requests on as many connections, asked in the same turn. **Without why**',
  '(`explain: false`) ours answers with the decision, its id and its revision, as OpenFGA and SpiceDB do, and not with the 500',
  'bytes an item of rules and of what is missing;',
  'it is logged as ever. OpenFGA is told to wait a minute where it would give up after three seconds.',
]

export const COLD_NOTES: readonly string[] = [
  'Each question is asked for the first time: no two are the same, and none was among those that made the servers warm. What a',
  'server keeps of users, teams and documents by then it may use.',
]

export const WRITE_NOTES: readonly string[] = [
  'The questions of the first table, and among them writes by the same connections: a document is shared with a team, and the',
  'next write of that connection takes it back. Documents that are asked about often are written often. Nobody is in those teams,',
  'so that all answers stay as they were and can be compared, while what was worked out about that document may not be used any',
  'more. p50 and p99 are those of checks. Ours has written to its database, with the entry in the audit, before it answers; the others',
  'keep their tuples in memory, but for OpenFGA with SQLite. Cerbos stores nothing.',
]

export const HELD_NOTES: readonly string[] = [
  'Resident memory of the whole process: after loading, and the most until the end. Ours has a database in its process, with its own',
  'copy of all tuples and the log of all decisions, which it keeps in memory here. OpenFGA and SpiceDB are loaded over HTTP, 100',
  'tuples (the most it takes) or 1,000 a write, a few at a time; ours in changes of 10,000 by its own functions.',
]

export const OVERHEAD_NOTES: readonly string[] = [
  'Ours alone, the questions of the first table, five processes in turns, each with more on than the one before; all of them started anew',
  'several times, for processes of one program differ by a tenth and more, each for as long as it runs. **Decision log** is',
  '`DECISION_LOG=all`: every decision with the facts it read, written to the embedded database, a thread of the same process that',
  'shares the core of the client, and so slows the client as well. **Traces** go as OTLP over HTTP to a process on that core, which',
  'takes and forgets them: of one request in a hundred, as it comes, or of all. **Main thread** is the processor time of the thread that',
  'answers, for one request; **processor time** that of the whole process, the writing of the log included.',
]
