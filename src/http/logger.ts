import { type Logger, pino } from 'pino'

/** JSON lines on standard output, without what a log must not hold. */
export const defaultLogger = (config: { readonly logLevel: string }): Logger =>
  pino({
    level: config.logLevel,
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
