import { z } from 'zod'
import type { ErrorForm } from '../protocols/failure.ts'
import { type Route, route } from '../protocols/route.ts'
import { ERRORS } from './errors.ts'
import type { Metrics } from './metrics.ts'

export interface Health {
  /** Null when ready; else what is not, in words that may be shown to anyone. */
  notReady(): Promise<string | null>
}

const status = z.object({ status: z.string() })

/** Routes about the service itself. `forms`: how other routes tell failures. */
export function systemRoutes(
  health: Health,
  metrics: Pick<Metrics, 'text' | 'contentType'> | null,
  forms: readonly (ErrorForm | undefined)[],
): readonly Route[] {
  const errors = errorsOf(forms)
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
    ...(metrics === null ? [] : [metricsRoute(metrics)]),
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
        const rows = errors.filter(row => row.code === params.code)
        const [first] = rows
        if (first === undefined) return { status: 404, body: { status: 'no such error code' } }
        return { status: 200, body: { code: params.code, status: first.status, about: rows.map(row => row.about) } }
      },
    }),
  ]
}

const metricsRoute = (metrics: Pick<Metrics, 'text' | 'contentType'>): Route =>
  route({
    method: 'GET',
    tag: 'system',
    needs: 'public',
    operation: 'metrics',
    path: '/metrics',
    summary: 'Figures in the Prometheus text format',
    answers: { 200: { description: 'metrics', text: true } },
    handle: async () => ({
      status: 200,
      text: await metrics.text(),
      headers: { 'content-type': metrics.contentType },
    }),
  })

interface ErrorRow {
  readonly code: string
  readonly status: number
  readonly about: string
}

function errorsOf(forms: readonly (ErrorForm | undefined)[]): readonly ErrorRow[] {
  const ours = Object.entries(ERRORS).map(([own, { code, status, about }]) => ({ code: code ?? own, status, about }))
  const theirs = [...new Set(forms)].flatMap(form => Object.entries(form?.codes ?? {}))
  return [...ours, ...theirs.map(([code, row]) => ({ code, ...row }))]
}
