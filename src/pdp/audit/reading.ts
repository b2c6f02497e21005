import type { AuditStore, ChainedEvent } from '../../facts/audit.ts'
import type { Orgs } from '../orgs.ts'

const PAGE = 200
/** How often the record is looked at where nobody said that there is more. */
const LOOK_MS = 500

/**
 * Every event of an org after a place, in pages, oldest first. An empty page says that there was nothing for `idleMs`, or,
 * where it does not follow, that this is all. Ends with `signal`.
 */
export async function* eventsAfter(
  store: Pick<AuditStore, 'auditSince'>,
  orgs: Pick<Orgs, 'follow'>,
  org: string,
  after: number,
  idleMs: number | null,
  signal: AbortSignal,
): AsyncGenerator<readonly ChainedEvent[]> {
  let at = after
  let wake = (): void => {}
  const stop = orgs.follow(org, () => wake())
  const left = (): void => wake()
  signal.addEventListener('abort', left)
  try {
    let quietSince = performance.now()
    while (!signal.aborted) {
      const page = await store.auditSince(org, at, PAGE)
      at = page.at(-1)?.seq ?? at
      if (page.length > 0) {
        yield page
        quietSince = performance.now()
        continue
      }
      if (idleMs === null) return void (yield page)
      if (performance.now() - quietSince >= idleMs) {
        yield page
        quietSince = performance.now()
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, LOOK_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    signal.removeEventListener('abort', left)
    stop()
  }
}
