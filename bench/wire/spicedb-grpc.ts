import type { StoredTuple } from '../../src/facts/store.ts'
import type { Asked } from './asked.ts'
import type { Server } from './server.ts'
import { documentId, userId } from './world.ts'

/** How fresh an answer must be: as fresh as its caches are, which is how it comes, or the newest there is. */
export type Freshness = 'minimizeLatency' | 'fullyConsistent'

/** Fields of `authzed.api.v1` as Protocol Buffers. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left > 0x7f; left >>>= 7) bytes.push((left & 0x7f) | 0x80)
  return Buffer.from([...bytes, left])
}

const message = (field: number, ...parts: readonly Buffer[]): Buffer => {
  const inner = Buffer.concat(parts)
  return Buffer.concat([varint((field << 3) | 2), varint(inner.length), inner])
}
const text = (field: number, value: string): Buffer => message(field, Buffer.from(value))
const number = (field: number, value: number): Buffer => Buffer.concat([varint(field << 3), varint(value)])

const object = (field: number, type: string, id: string): Buffer => message(field, text(1, type), text(2, id))

const consistency = (freshness: Freshness): Buffer => message(1, number(freshness === 'fullyConsistent' ? 4 : 1, 1))

/** What `CheckPermission` and an item of a bulk check ask, in their different fields. */
const question = (
  { user, action, document }: Asked,
  [resource, permission, subject]: readonly [number, number, number],
) => [
  object(resource, 'document', documentId(document)),
  text(permission, action),
  message(subject, object(1, 'user', userId(user))),
]

const CREATE = 1
const DELETE = 3

function update(operation: number, { object: resource, relation, user }: StoredTuple): string {
  const [type = '', id = ''] = resource.split(':')
  const [userType = '', name = ''] = user.split(':')
  const relationship = [object(1, type, id), text(2, relation), message(3, object(1, userType, name))]
  return message(1, number(1, operation), message(2, ...relationship)).toString('base64')
}

const SERVICE = '/authzed.api.v1.PermissionsService'

/** The way its users put questions; an allow is the field of the permission with the value 2, has permission. */
export const grpcDoors = (
  freshness: Freshness,
  headers: Server['headers'],
): Pick<Server, 'protocol' | 'headers' | 'single' | 'batch' | 'write'> => ({
  protocol: 'grpc',
  headers,
  single: {
    path: `${SERVICE}/CheckPermission`,
    sign: '\x10\x02',
    body: asked => Buffer.concat([consistency(freshness), ...question(asked, [2, 3, 4])]).toString('base64'),
  },
  batch: {
    path: `${SERVICE}/CheckBulkPermissions`,
    sign: '\x08\x02',
    body: asked => {
      const items = asked.map(one => message(2, ...question(one, [1, 2, 3])))
      return Buffer.concat([consistency(freshness), ...items]).toString('base64')
    },
  },
  write: {
    path: `${SERVICE}/WriteRelationships`,
    headers,
    pair: tuple => [update(CREATE, tuple), update(DELETE, tuple)],
  },
})
