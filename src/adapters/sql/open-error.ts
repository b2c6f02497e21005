/**
 * Why a store could not be opened: `directory_locked` another process has the directory; `schema_newer` the database
 * was migrated by a later release; `schema_changed` an applied migration is not the one this release holds;
 * `schema_behind` migrations are pending and this login may not apply them; `bad_target` the target cannot be read.
 */
export type OpenErrorCode = 'directory_locked' | 'schema_newer' | 'schema_changed' | 'schema_behind' | 'bad_target'

/** Stops the start; the message says in one line what to do. */
export class OpenError extends Error {
  readonly code: OpenErrorCode
  constructor(code: OpenErrorCode, message: string) {
    super(message)
    this.name = 'OpenError'
    this.code = code
  }
}
