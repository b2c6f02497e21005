import type { Profiler } from 'node:inspector'

/** Where the samples of a profile fell; shares of the time the thread was busy. */
export interface Shares {
  /** Time the thread was busy, as a share of all. */
  readonly busy: number
  readonly rooms: readonly (readonly [room: string, share: number])[]
  readonly functions: readonly {
    readonly name: string
    readonly place: string
    readonly room: string
    readonly share: number
  }[]
}

/** Time in which nothing was done; what starting the profiler takes is not counted at all. */
const APART = new Set(['(idle)', '(root)'])

const OUTSIDE = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\//

/** Whose code it is: a room of ours, a package, Node.js, the collector, or what is not JavaScript. */
export function roomOf({
  functionName,
  url,
}: Pick<Profiler.Profile['nodes'][number]['callFrame'], 'functionName' | 'url'>): string {
  if (functionName === '(garbage collector)') return 'collecting garbage'
  if (functionName === '(program)') return 'native code'
  if (url.startsWith('node:')) return 'Node.js'
  if (url.startsWith('wasm:')) return 'WebAssembly'
  const outside = OUTSIDE.exec(url)?.[1]
  if (outside !== undefined) return outside
  const ours = /\/src\/(?:([^/]+)\/)?[^/]+$/.exec(url.replace(/\/src\/([^/]+)\/.*\//, '/src/$1/'))
  if (ours !== null) return ours[1] ?? 'src'
  return url.includes('/bench/') ? 'the bench itself' : 'built into V8'
}

export function sharesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Shares {
  const byId = new Map(nodes.map(node => [node.id, node.callFrame]))
  const functions = new Map<string, { name: string; place: string; room: string; time: number }>()
  const rooms = new Map<string, number>()
  let busy = 0
  let all = 0
  for (const [i, id] of samples.entries()) {
    const frame = byId.get(id)
    const time = Math.max(0, timeDeltas[i] ?? 0)
    if (frame?.url === 'node:inspector') continue
    all += time
    if (frame === undefined || APART.has(frame.functionName)) continue
    busy += time
    const room = roomOf(frame)
    rooms.set(room, (rooms.get(room) ?? 0) + time)
    const place = placeOf(frame.url)
    const name = frame.functionName || '(unnamed)'
    const key = `${name} ${place}`
    const known = functions.get(key) ?? { name, place, room, time: 0 }
    known.time += time
    functions.set(key, known)
  }
  const share = (time: number): number => (busy === 0 ? 0 : time / busy)
  return {
    busy: all === 0 ? 0 : busy / all,
    rooms: [...rooms].map(([room, time]) => [room, share(time)] as const).toSorted((a, b) => b[1] - a[1]),
    functions: [...functions.values()]
      .map(({ time, ...rest }) => ({ ...rest, share: share(time) }))
      .toSorted((a, b) => b.share - a.share),
  }
}

/** From the room or the package on: where the repository lies is nobody's business. */
function placeOf(url: string): string {
  const at = Math.max(url.lastIndexOf('/node_modules/'), url.lastIndexOf('/src/'), url.lastIndexOf('/bench/'))
  return at < 0 ? url.replace(/^.*\//, '') : url.slice(at + 1).replace(/^node_modules\//, '')
}
