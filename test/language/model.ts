/** The org the tests write rules for, as an OpenFGA model. */
export const DSL = `model
  schema 1.1

type user
  relations
    define manager: [user]

type agent
  relations
    define owner: [user, team]
    define supervisor: [user]

type service

type team
  relations
    define member: [user, agent]
    define lead: [user]

type org
  relations
    define member: [user]
    define admin: [user]
    define approver: [user]
    define editor: [user]

type squad
  relations
    define player: [user]

type crew
  relations
    define mate: [user]
    define captain: [user]

type document
  relations
    define shared_with: [user, team, team#member, squad#player]
    define owner: [user, department]
    define editor: [user]
    define viewer: [user:*, user, team]
    define assignee: [user]
    define manager: [user, team, team#member]
    define org: [org]
    define team: [team]
    define parent: [folder]
    define can_view: viewer or editor or owner

type folder
  relations
    define shared_with: [user, team, team#member]
    define owner: [user, department]
    define viewer: [user]
    define parent: [org]

type article

type person

type policy

type pull_request
  relations
    define reviewer: [user, team]

type department
  relations
    define member: [user]
    define head: [user]
`
