import type { App, AppTuple } from './app.ts'
import { membersOf, namesOf, tuple } from './people.ts'

/** A code host: users in teams and orgs, repositories with five roles, each more than the one before. */
export const CODE_HOST: App = {
  name: 'code host',
  model: `model
  schema 1.1

type user

type team
  relations
    define member: [user, team#member]

type organization
  relations
    define member: [user]
    define owner: [user]

type repository
  relations
    define organization: [organization]
    define admin: [user, team#member] or owner from organization
    define maintainer: [user, team#member] or admin
    define writer: [user, team#member] or maintainer
    define triager: [user, team#member] or writer
    define reader: [user, team#member] or triager or member from organization
`,
  policy: `A repository has a status of active or archived.
Readers can read and fork repositories.
Triagers can label repositories.
Writers can push repositories.
Maintainers can configure repositories.
Admins can delete repositories.
Nobody can push archived repositories.
`,
  cedar: `
permit(principal, action in [Action::"read", Action::"fork"], resource is Repository)
  when { principal in resource.reader || principal in resource.triager || principal in resource.writer
    || principal in resource.maintainer || principal in resource.admin };
permit(principal, action == Action::"label", resource is Repository)
  when { principal in resource.triager || principal in resource.writer || principal in resource.maintainer
    || principal in resource.admin };
permit(principal, action == Action::"push", resource is Repository)
  when { principal in resource.writer || principal in resource.maintainer || principal in resource.admin };
permit(principal, action == Action::"configure", resource is Repository)
  when { principal in resource.maintainer || principal in resource.admin };
permit(principal, action == Action::"delete", resource is Repository)
  when { principal in resource.admin };
forbid(principal, action == Action::"push", resource is Repository)
  when { resource.status == "archived" };
`,
  rules: [
    { effect: 'permit', actions: ['read', 'fork'], role: 'reader' },
    { effect: 'permit', actions: ['label'], role: 'triager' },
    { effect: 'permit', actions: ['push'], role: 'writer' },
    { effect: 'permit', actions: ['configure'], role: 'maintainer' },
    { effect: 'permit', actions: ['delete'], role: 'admin' },
    { effect: 'forbid', actions: ['push'], value: 'archived' },
  ],
  type: 'repository',
  actions: ['read', 'push', 'fork', 'label', 'configure', 'delete'],
  groups: ['team', 'organization'],
  roles: {
    admin: ['maintainer', 'writer', 'triager', 'reader'],
    maintainer: ['writer', 'triager', 'reader'],
    writer: ['triager', 'reader'],
    triager: ['reader'],
    reader: [],
  },
  inherits: [
    { by: 'organization', from: 'owner', to: 'admin' },
    { by: 'organization', from: 'member', to: 'reader' },
  ],
  attribute: 'status',
  values: ['active', 'archived'],
  build(size, chance) {
    const users = namesOf('user', size)
    const groups = namesOf('team', size)
    const organizations = namesOf('organization', Math.ceil(size / 20))
    const resources = namesOf('repository', size)
    const tuples: AppTuple[] = [...membersOf(users, groups, chance)]
    for (const user of users) tuples.push(tuple(chance.of(organizations), 'member', user))
    for (const organization of organizations) tuples.push(tuple(organization, 'owner', chance.of(users)))
    for (const repository of resources) {
      tuples.push(tuple(repository, 'organization', chance.of(organizations)))
      tuples.push(tuple(repository, 'admin', chance.of(users)))
      tuples.push(tuple(repository, 'maintainer', chance.of(users)))
      for (const role of ['writer', 'triager', 'reader']) {
        tuples.push(tuple(repository, role, `${chance.of(groups)}#member`))
      }
    }
    const attributes = new Map(resources.map(r => [r, chance.below(10) === 0 ? 'archived' : 'active']))
    return { tuples, attributes, users, groups, resources }
  },
}
