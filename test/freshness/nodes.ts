import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openStore } from '../../src/adapters/store.ts'
import type { Child, Order, Report } from './child.ts'
import { makeOrg } from './first.ts'
import { type Judged, judgeAll, sumOf } from './judging.ts'
import { type Course, hitRateOf, type Outcome, type Tell, type Used } from './one-node.ts'
import { type Answer, createOracle } from './oracle.ts'

interface Node {
  readonly process: ChildProcess
  order(order: Order): void
  /** Resolves with the next report of a kind; fails where the node did. */
  next<Kind extends Report['kind']>(kind: Kind): Promise<Extract<Report, { kind: Kind }>>
}

export interface Carrying {
  readonly databaseUrl: string
  readonly redisUrl: string | null
  readonly lost: number
  readonly late: number
}

function startNode(child: Child, heard: (report: Report) => void): Node {
  const made = fork(join(import.meta.dirname, 'child.ts'), [JSON.stringify(child)], { serialization: 'advanced' })
  const waiting: {
    readonly kind: Report['kind']
    readonly done: (report: Report) => void
    readonly fail: (error: Error) => void
  }[] = []
  let ended: Error | null = null
  const fail = (error: Error): void => {
    ended ??= error
    for (const { fail: failed } of waiting.splice(0)) failed(ended)
  }
  made.on('message', message => {
    const report = message as Report
    if (report.kind === 'failed') return fail(new Error(report.error))
    heard(report)
    const at = waiting.findIndex(({ kind }) => kind === report.kind)
    if (at >= 0) waiting.splice(at, 1)[0]?.done(report)
  })
  made.on('exit', code => fail(new Error(`node ${child.part.node} ended with ${code}`)))
  return {
    process: made,
    order: order => void (made.connected && made.send(order)),
    next: kind =>
      new Promise((done, failed) => {
        if (ended !== null) return failed(ended)
        waiting.push({ kind, done: done as (report: Report) => void, fail: failed })
      }),
  }
}

/**
 * The same on several processes over one database, between which messages are lost and late. Every answer of every node is
 * judged here, at the revision it says it is from.
 */
export async function runNodes(
  org: string,
  count: number,
  carrying: Carrying,
  course: Course,
  told: Tell = () => undefined,
): Promise<Outcome> {
  const { size, seed, writes, mix, pains } = course
  const store = await openStore({ kind: 'postgres', url: carrying.databaseUrl })
  const nodes: Node[] = []
  try {
    await makeOrg(store, org, size, seed)
    let answers: Answer[] = []
    const heardBy =
      (from: number) =>
      (report: Report): void => {
        if (report.kind === 'answers') answers.push(...report.answers)
        if (report.kind !== 'acknowledged') return
        for (const [at, node] of nodes.entries()) if (at !== from) node.order(report)
      }
    for (let node = 0; node < count; node += 1) {
      const part = { org, size, seed, node, nodes: count, writes, mix }
      nodes.push(startNode({ ...carrying, part }, heardBy(node)))
    }
    await Promise.all(nodes.map(node => node.next('ready')))
    const oracle = createOracle(org)
    const rounds: Judged[] = []
    let after: Used = { hits: 0, misses: 0 }
    const all = { hits: 0, misses: 0 }
    let written = 0
    for (let left = course.checks; left > 0; left -= course.round) {
      const each = Math.ceil(Math.min(left, course.round) / count)
      const played = Promise.all(nodes.map(node => node.next('played')))
      for (const node of nodes) node.order({ kind: 'play', checks: each })
      const reports = await played
      const newest = await store.revision(org)
      const caught = Promise.all(nodes.map(node => node.next('caught up')))
      for (const node of nodes) node.order({ kind: 'catch up', revision: newest })
      await caught
      const used = { hits: sum(reports.map(r => r.hits)), misses: sum(reports.map(r => r.misses)) }
      written = sum(reports.map(r => r.written))
      const judged = await judgeAll(store, oracle, { org, seed, size }, answers, pains)
      answers = []
      if (rounds.length > 0) {
        all.hits += used.hits - after.hits
        all.misses += used.misses - after.misses
      }
      told(judged, hitRateOf(after, used))
      after = used
      rounds.push(judged)
      if (judged.wrong > 0) break
    }
    return { ...sumOf(rounds), written, hitRate: hitRateOf({ hits: 0, misses: 0 }, all) }
  } finally {
    for (const { process } of nodes) {
      if (process.exitCode !== null) continue
      const gone = once(process, 'exit')
      const timer = setTimeout(() => process.kill('SIGKILL'), 10_000)
      if (process.connected) process.send({ kind: 'end' } satisfies Order)
      await gone
      clearTimeout(timer)
    }
    await store.close()
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
