import type { MasterKey } from '../lib/master-key.ts'
import { PdpError } from './errors.ts'

/** Tokens of clusters, as they are stored: sealed under the master key, for one org. */
export interface ReviewTokens {
  /** Fails with `signing_off` where there is no master key. */
  seal(org: string, token: string): string
  /** Null for what was sealed for another org or under another key. */
  open(org: string, sealed: string): string | null
}

const boundTo = (org: string): string => `token review ${org}`

export const createReviewTokens = (key: MasterKey | null): ReviewTokens => ({
  seal(org, token) {
    if (key === null)
      throw new PdpError('signing_off', "a cluster's token is kept only sealed: set `LUMOAUTH_MASTER_KEY`")
    return key.seal(Buffer.from(token), boundTo(org))
  },
  open: (org, sealed) => key?.open(sealed, boundTo(org))?.toString() ?? null,
})
