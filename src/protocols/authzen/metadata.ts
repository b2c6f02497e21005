import { z } from 'zod'
import { type Route, route } from '../route.ts'

const metadata = z.object({
  policy_decision_point: z.string(),
  access_evaluation_endpoint: z.string(),
  access_evaluations_endpoint: z.string(),
  search_subject_endpoint: z.string(),
  search_resource_endpoint: z.string(),
  search_action_endpoint: z.string(),
})

/** AuthZEN 1.0, section 9. URLs come from configuration, never from the request's host. */
function metadataOf(identifier: string): z.infer<typeof metadata> {
  const base = `${identifier}/access/v1`
  return {
    policy_decision_point: identifier,
    access_evaluation_endpoint: `${base}/evaluation`,
    access_evaluations_endpoint: `${base}/evaluations`,
    search_subject_endpoint: `${base}/search/subject`,
    search_resource_endpoint: `${base}/search/resource`,
    search_action_endpoint: `${base}/search/action`,
  }
}

/** The well-known path stands between host and tenant path; the form below the tenant path is served as well. */
export function metadataRoutes(publicUrl: string): readonly Route[] {
  const common = {
    method: 'GET',
    tag: 'authzen',
    needs: 'public',
    summary: 'Where the endpoints of this decision point are',
    answers: { 200: { description: 'AuthZEN metadata', schema: metadata } },
  } as const
  const well = '/.well-known/authzen-configuration'
  return [
    route({ ...common, operation: 'authzenMetadata', path: well, handle: () => answer(publicUrl) }),
    route({
      ...common,
      operation: 'authzenMetadataOfOrg',
      path: `${well}/orgs/{org}`,
      handle: ({ params }) => answer(orgUrl(publicUrl, params.org)),
    }),
    route({
      ...common,
      operation: 'authzenMetadataBelowOrg',
      path: `/orgs/{org}${well}`,
      handle: ({ params }) => answer(orgUrl(publicUrl, params.org)),
    }),
  ]
}

const orgUrl = (publicUrl: string, org = ''): string => `${publicUrl}/orgs/${encodeURIComponent(org)}`

const answer = (identifier: string) => ({ status: 200, body: metadataOf(identifier) })
