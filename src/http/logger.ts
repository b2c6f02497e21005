import { type Logger, pino } from 'pino'

export const createLogger = (level: string): Logger =>
  pino({
    level,
    base: null,
    serializers: { err: errorForLog },
    redact: ['key', '*.key', 'authorization'],
  })

/** An error without the objects that hang on it: those may hold what a log must not. */
function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: 'not an error object' }
  const { name, message, stack } = error
  return { name, message, stack, ...('code' in error && { code: error.code }) }
}
