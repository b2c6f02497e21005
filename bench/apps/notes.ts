import { NESTING } from './nested.ts'
import { LEVELS } from './people.ts'
import type { WritesPlan } from './writes.ts'

/** What the tables of the applications hold, and what is unequal. */
export const APP_NOTES: readonly string[] = [
  "Three applications in the spirit of the examples of Cedar's paper, written anew here: as an OpenFGA model and English rules",
  'for ours, as policies and entities for Cedar, as a model with policies and roles for casbin, as abilities for CASL. A size of',
  `1,000 is 1,000 each of users, groups or teams, and documents, repositories or lists; groups are in groups ${LEVELS} levels deep, as`,
  'folders are in folders; every user is in two groups. Up to 256 different requests, every other one from somebody who holds a',
  'role on what is asked about. They come round and round, so that what they read stays in the caches of the processor; the table of',
  'checks between writes shows what a decision costs that comes rarely.',
  '',
  'What is unequal:',
  '',
  '- **ours, cached** has decided each request before; **ours, cold** finds its cache empty for each and asks the graph. **ours,',
  '  embedded** is the first one through `createEngine`: entities as text, taken apart for each call, and the clock read.',
  '- **cedar-wasm, entities at hand** is the kind reading: the user with all groups around, and the resource with the holders of',
  '  each role, those it inherits from folders or its organization among them, were gathered beforehand; the call only hands them',
  '  over. **gathering** collects them for each call, from maps in memory, as a service must whose facts may have changed. Cedar',
  '  closes the hierarchy of groups itself; folders were walked for it.',
  '- **casbin** has a role for each role of each resource, and links for groups in groups, folders and roles that are also others:',
  '  its policies stay as few as the rules. A policy for each grant, as its documentation has it, would have it look at all grants.',
  '- **CASL** has an ability for each user with all groups around written into it, and an object for each resource, both made',
  '  beforehand.',
  '- Ours says why, or what is missing; Cedar names policies; the others say yes or no.',
  '- Processor time is that of all threads of the process, the collector of garbage among them.',
]

export const NESTED_NOTES: readonly string[] = [
  `Documents shared with a group, and users ${NESTING} groups further down: each request is another, and ours finds its cache empty.`,
  'Cedar is handed the user, the groups around and the document; **entities at hand** were gathered beforehand, **gathering**',
  'collects them from maps in memory within the call. Ours finds its way in the graph of all tuples and puts what it learned into',
  'the cache. Single decisions are timed one by one, and what looking at the clock costs is in their times.',
]

export const BOTH_NOTES: readonly string[] = [
  'The rules and the world of the tables above, both large at once: 4,096 different requests of 2,048 users. Single decisions are',
  'timed one by one, so that their p99 is that of a decision, pauses of the collector and of the machine among them, and what',
  'looking at the clock costs is in their times. For **ours, cold** the cache is emptied before each.',
]

export const WRITES_NOTES = ({ size, questions }: WritesPlan): readonly string[] => [
  `Document sharing with ${size.toLocaleString('en-US')} of each: up to ${questions.toLocaleString('en-US')} different requests, the nth asked 1/n as often as the first, and`,
  'changes between them. Of five changes two put a user into a group or out of one, two let a user see a document or no more, one',
  'makes a document public or not; who and what is asked about most is changed most. Every contestant first plays the load, or as',
  'much of it as it plays in three seconds, and must give the right answer at every step. Checks and changes are timed one by one,',
  'looking at the clock among them; what is done in a second, and processor time, come from turns in which nothing is timed.',
  '',
  'What is unequal:',
  '',
  '- **ours** takes a change as an org in memory takes it from its changelog: it drops what was worked out from what the change',
  '  touches, so that the next check asks the graph again. **Hits** is the share of checks that were answered from the cache. What',
  '  makes a change last (the database) is not in it, as it is not in the others.',
  '- **cedar-wasm, entities at hand** makes the entities of the user or the document anew; **gathering** changes its maps.',
  '- **casbin** adds or removes a link of its roles.',
  '- **CASL** builds the ability of the user anew, or the object of the document. Changes are of single users: one that puts a group',
  '  into a group would make abilities anew for all users in it.',
]

export const WEIGHT_NOTES: readonly string[] = [
  'Each in a process of its own, after it has loaded the world and decided 256 requests, garbage collected. **Heap and buffers** is',
  'what that added; the world as it is handed over is not counted. Memory of **WebAssembly** is all that was reserved. **Whole',
  'process** is what the system gave it, the code of the contestant, of Node.js and of the bench among it: ours brings the reader of',
  'English and the parser of models along. The peers hold maps of all facts beside what they were built for, as a service would;',
  'CASL holds abilities only for who asks.',
]
