import { z } from 'zod'
import { type Route, route } from '../protocols/route.ts'
import { ERRORS } from './errors.ts'
import type { Metrics } from './metrics.ts'

export interface Health {
  /** Null when ready; else what is not, in words that may be shown to anyone. */
  notReady(): Promise<string | null>
}

const status = z.object({ status: z.string() })

/** Routes about the service itself. */
export function systemRoutes(health: Health, metrics: Metrics): readonly Route[] {
  const common = { method: 'GET', tag: 'system', needs: 'public' } as const
  return [
    route({
      ...common,
      operation: 'healthz',
      path: '/healthz',
      summary: 'Is the process alive?',
      answers: { 200: { description: 'it is', schema: status } },
      handle: () => ({ status: 200, body: { status: 'ok' } }),
    }),
    route({
      ...common,
      operation: 'readyz',
      path: '/readyz',
      summary: 'Can it decide?',
      answers: {
        200: { description: 'it can', schema: status },
        503: { description: 'it cannot, and why', schema: status },
      },
      async handle() {
        const reason = await health.notReady()
        return { status: reason === null ? 200 : 503, body: { status: reason ?? 'ready' } }
      },
    }),
    route({
      ...common,
      operation: 'metrics',
      path: '/metrics',
      summary: 'Figures in the Prometheus text format',
      answers: { 200: { description: 'metrics', text: true } },
      handle: async () => ({
        status: 200,
        text: await metrics.text(),
        headers: { 'content-type': metrics.contentType },
      }),
    }),
    route({
      ...common,
      operation: 'explainError',
      path: '/errors/{code}',
      summary: 'What an error code means',
      answers: {
        200: {
          description: 'its meaning',
          schema: z.object({ code: z.string(), status: z.int(), about: z.array(z.string()) }),
        },
        404: { description: 'no such code', schema: status },
      },
      handle({ params }) {
        const rows = Object.entries(ERRORS).filter(([own, row]) => (row.code ?? own) === params.code)
        const first = rows[0]
        if (first === undefined) return { status: 404, body: { status: 'no such error code' } }
        return {
          status: 200,
          body: { code: params.code, status: first[1].status, about: rows.map(([, row]) => row.about) },
        }
      },
    }),
  ]
}
