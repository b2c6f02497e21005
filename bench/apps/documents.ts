import type { App, AppTuple } from './app.ts'
import { LEVELS, membersOf, namesOf, nest, tuple } from './people.ts'

/** Document sharing: users in groups, documents in folders in folders, viewers, owners, and what is public. */
export const DOCUMENTS: App = {
  name: 'document sharing',
  model: `model
  schema 1.1

type user

type group
  relations
    define member: [user, group#member]

type folder
  relations
    define parent: [folder]
    define owner: [user, group#member] or owner from parent
    define viewer: [user, group#member] or owner or viewer from parent

type document
  relations
    define parent: [folder]
    define owner: [user, group#member] or owner from parent
    define viewer: [user, group#member] or owner or viewer from parent
`,
  policy: `A document has a visibility of restricted or public.
Viewers can view documents.
Users can view public documents.
Owners can edit, share and delete documents.
`,
  cedar: `
permit(principal, action == Action::"view", resource is Document)
  when { principal in resource.viewer || principal in resource.owner };
permit(principal is User, action == Action::"view", resource is Document)
  when { resource.visibility == "public" };
permit(principal, action in [Action::"edit", Action::"share", Action::"delete"], resource is Document)
  when { principal in resource.owner };
`,
  rules: [
    { effect: 'permit', actions: ['view'], role: 'viewer' },
    { effect: 'permit', actions: ['view'], value: 'public' },
    { effect: 'permit', actions: ['edit', 'share', 'delete'], role: 'owner' },
  ],
  type: 'document',
  actions: ['view', 'edit', 'share', 'delete'],
  groups: ['group'],
  roles: { owner: ['viewer'], viewer: [] },
  inherits: [
    { by: 'parent', from: 'owner', to: 'owner' },
    { by: 'parent', from: 'viewer', to: 'viewer' },
  ],
  attribute: 'visibility',
  values: ['restricted', 'public'],
  build(size, chance) {
    const users = namesOf('user', size)
    const groups = namesOf('group', size)
    const folders = namesOf('folder', size)
    const resources = namesOf('document', size)
    const tuples: AppTuple[] = [...membersOf(users, groups, chance)]
    for (const { inner, outer } of nest(folders, LEVELS, chance)) tuples.push(tuple(inner, 'parent', outer))
    for (const folder of folders) {
      tuples.push(tuple(folder, 'owner', chance.of(users)))
      if (chance.below(2) === 0) tuples.push(tuple(folder, 'viewer', `${chance.of(groups)}#member`))
    }
    for (const document of resources) {
      tuples.push(tuple(document, 'parent', chance.of(folders)))
      tuples.push(tuple(document, 'owner', chance.of(users)))
      tuples.push(tuple(document, 'viewer', chance.of(users)))
      tuples.push(tuple(document, 'viewer', `${chance.of(groups)}#member`))
    }
    const attributes = new Map(resources.map(r => [r, chance.below(10) === 0 ? 'public' : 'restricted']))
    return { tuples, attributes, users, groups, resources }
  },
}
