import { MOST_SINKS, type SiemSink } from '../../facts/siem-sink.ts'
import { timedId } from '../../lib/ids.ts'
import type { MasterKey } from '../../lib/master-key.ts'
import { PdpError } from '../errors.ts'
import type { OrgState } from '../org.ts'
import { put } from '../registering.ts'
import type { Service } from '../service.ts'
import { authorizationBound } from './channel.ts'

export { FACILITIES, type SiemSink, SYSLOG_TRANSPORTS } from '../../facts/siem-sink.ts'

/** A sink as it is asked for; the authorization of a webhook in the open. */
export type SinkSaid = Pick<SiemSink, 'name' | 'via' | 'kinds' | 'active'>

/** Fails with `siem_sink_not_found`. */
export function sinkNamed({ registry }: OrgState, id: string): SiemSink {
  const found = registry.sinks.get(id)
  if (found === undefined) throw new PdpError('siem_sink_not_found', `there is no sink \`${id}\``)
  return found
}

/** `open` makes its outlet, which reads the record from then on. */
export async function createSink(
  pdp: Service,
  key: MasterKey | null,
  state: OrgState,
  said: SinkSaid,
  by: string,
  open: (id: string) => Promise<void>,
): Promise<SiemSink> {
  if (state.registry.sinks.size >= MOST_SINKS) {
    throw new PdpError('status_conflict', `an org has at most ${MOST_SINKS} sinks; remove one first`)
  }
  const now = pdp.clock()
  const id = timedId('sink', now)
  const sink: SiemSink = {
    ...said,
    kind: 'siem_sink',
    id,
    via: sealedVia(key, state.org.slug, id, said.via),
    createdAt: now,
    version: 1,
  }
  await open(id)
  await pdp.write(state, [put(sink, by, null)])
  return sink
}

export async function updateSink(
  pdp: Service,
  key: MasterKey | null,
  state: OrgState,
  id: string,
  said: Partial<SinkSaid>,
  by: string,
): Promise<SiemSink> {
  const before = sinkNamed(state, id)
  const sink: SiemSink = {
    ...before,
    ...said,
    via: said.via === undefined ? before.via : sealedVia(key, state.org.slug, id, said.via),
    version: before.version + 1,
  }
  await pdp.write(state, [put(sink, by, before.version)])
  return sink
}

function sealedVia(key: MasterKey | null, org: string, id: string, via: SiemSink['via']): SiemSink['via'] {
  if (via.type !== 'webhook' || via.authorization === null) return via
  if (key === null) {
    throw new PdpError('signing_off', 'what a sink is authorized with is kept only sealed: set `LUMOAUTH_MASTER_KEY`')
  }
  return { ...via, authorization: key.seal(Buffer.from(via.authorization), authorizationBound(org, id)) }
}
