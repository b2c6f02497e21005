import type { App, AppTuple } from './app.ts'
import { membersOf, namesOf, tuple } from './people.ts'

/** To-do lists: users in teams, a list has an owner, editors and readers. */
export const TO_DO: App = {
  name: 'to-do lists',
  model: `model
  schema 1.1

type user

type team
  relations
    define member: [user, team#member]

type list
  relations
    define owner: [user]
    define editor: [user, team#member] or owner
    define reader: [user, team#member] or editor
`,
  policy: `Readers can read lists.
Editors can add and complete lists.
Owners can share and delete lists.
`,
  cedar: `
permit(principal, action == Action::"read", resource is List)
  when { principal in resource.reader || principal in resource.editor || principal in resource.owner };
permit(principal, action in [Action::"add", Action::"complete"], resource is List)
  when { principal in resource.editor || principal in resource.owner };
permit(principal, action in [Action::"share", Action::"delete"], resource is List)
  when { principal in resource.owner };
`,
  rules: [
    { effect: 'permit', actions: ['read'], role: 'reader' },
    { effect: 'permit', actions: ['add', 'complete'], role: 'editor' },
    { effect: 'permit', actions: ['share', 'delete'], role: 'owner' },
  ],
  type: 'list',
  actions: ['read', 'add', 'complete', 'share', 'delete'],
  groups: ['team'],
  roles: { owner: ['editor', 'reader'], editor: ['reader'], reader: [] },
  inherits: [],
  attribute: null,
  values: [],
  build(size, chance) {
    const users = namesOf('user', size)
    const groups = namesOf('team', size)
    const resources = namesOf('list', size)
    const tuples: AppTuple[] = [...membersOf(users, groups, chance)]
    for (const list of resources) {
      tuples.push(tuple(list, 'owner', chance.of(users)))
      tuples.push(tuple(list, 'editor', chance.of(users)))
      tuples.push(tuple(list, 'reader', chance.of(users)))
      tuples.push(tuple(list, chance.below(3) === 0 ? 'editor' : 'reader', `${chance.of(groups)}#member`))
    }
    return { tuples, attributes: new Map(), users, groups, resources }
  },
}
