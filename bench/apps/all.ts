import type { App } from './app.ts'
import { CODE_HOST } from './code-host.ts'
import { DOCUMENTS } from './documents.ts'
import { TO_DO } from './to-do.ts'

/** The applications that are measured. */
export const APPS: readonly App[] = [DOCUMENTS, CODE_HOST, TO_DO]
