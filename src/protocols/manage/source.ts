import { z } from 'zod'
import type { OrgState } from '../../pdp/org.ts'
import { policyDraft } from '../../pdp/policies.ts'
import type { Service } from '../../pdp/service.ts'
import { MOST_TEXT, text } from './shapes.ts'

/** A policy that is not published yet: its text, or a stored draft. */
export const draftSource = z.union(
  [z.object({ text: text(MOST_TEXT) }), z.object({ draft_id: z.string().min(1).max(100) })],
  'expected a `text`, or the `draft_id` of a stored draft',
)

/** Fails with `draft_not_found`. */
export async function textOf(
  { store }: Service,
  { org }: OrgState,
  source: z.infer<typeof draftSource>,
): Promise<string> {
  return 'text' in source ? source.text : (await policyDraft(store, org.slug, source.draft_id)).text
}
