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

/** What is unequal in the third table. */
export const HTTP_NOTES = (pinned: boolean): readonly string[] => [
  'The case: 100 rules, 10,000 tuples, 256 different requests, one after another on each kept-alive connection. Each server',
  pinned
    ? 'is a process on one core; the client is a process on the other.'
    : 'is a process of its own, and so is the client; nothing holds them to cores of their own.',
  'Medians over rounds; the share of bare Koa is the median of the ratios of each round.',
  '',
  'What is unequal:',
  '',
  '- **ours** checks an API key and asks its own rules whether that key may check, reads and validates the body, decides, and',
  '  logs every decision with the facts it read. The log goes to the embedded database, which is a thread of the same process;',
  ...(pinned
    ? [
        '  it shares the core of the client, as a database elsewhere would leave the core of the service alone. In the row **database',
        '  on the same core** everything the process does is held to one core.',
      ]
    : ['  it is free to use another core.']),
  '- A burst may be faster than its log: "log written" counts the time until the last decision is in the database.',
  '- **bare Koa** reads and parses the same bodies with the same headers, looks the answer up in a map and writes the same',
  '  bytes: what no service on Koa can be faster than.',
  '- **Cerbos** is a compiled server (Go). It checks no key, keeps no audit log, and is told teams, owner and shares in each',
  '  request, where ours looks them up. Its answers are shorter.',
  '- Processor time is what the server process took for one request, all threads together, the log included.',
]

/** What the last table holds. */
export const AUTHORING_NOTES: readonly string[] = [
  'Rules of fourteen shapes beside six definitions, all different. **Compile** is what loading an org costs: text to',
  'rules, nothing known before. **Publish** changes one rule in the middle of the text and counts from the call until the',
  'first decision that only the new rule allows: it checks the text, writes the version to the embedded database, applies',
  'it from the changelog, and decides. What the change means for others (the analysis) is told afterwards and not counted.',
]
