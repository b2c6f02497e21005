import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

interface MemorySettings {
  readonly graphMemoryMb: number | null
  readonly workers: number
}

/** Half of what the process may have: the graphs lie beside V8's heap, the rest of an org and all requests lie in it. */
export function memoryBudget({ graphMemoryMb, workers }: MemorySettings): number {
  if (graphMemoryMb !== null) return graphMemoryMb * 2 ** 20
  return Math.min(getHeapStatistics().heap_size_limit, (process.constrainedMemory() || totalmem()) / workers) / 2
}
