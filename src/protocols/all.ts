import { type Fetch, jsonOf } from '../lib/fetch.ts'
import type { Interpreter } from '../pdp/interpreter.ts'
import type { JitTimes } from '../pdp/jit/requests.ts'
import { createJwksCache } from '../pdp/jwks.ts'
import type { ReviewTokens } from '../pdp/review-token.ts'
import type { Service } from '../pdp/service.ts'
import type { Streams } from '../pdp/ssf/streams.ts'
import type { Translator } from '../pdp/translate.ts'
import type { Outgoing } from '../pdp/webhooks/open.ts'
import { askRoutes } from './ask/routes.ts'
import { auditRoutes } from './audit/routes.ts'
import { sinkRoutes } from './audit/sinks.ts'
import { authzRoutes } from './authz/routes.ts'
import { authzenRoutes } from './authzen/routes.ts'
import { budgetAdminRoutes } from './budgets/admin.ts'
import { usageRoutes } from './budgets/usage.ts'
import { capabilityRoutes } from './capabilities/routes.ts'
import { doneBy } from './doing.ts'
import { explainRoutes } from './explain/routes.ts'
import { jitRoutes } from './jit/routes.ts'
import { decisionRoutes } from './manage/decisions.ts'
import { draftRoutes } from './manage/drafts.ts'
import { engineRoutes } from './manage/engine.ts'
import { formRoutes } from './manage/forms.ts'
import { historyRoutes } from './manage/history.ts'
import { impactRoutes } from './manage/impact.ts'
import { keyRoutes } from './manage/keys.ts'
import { orgRoutes } from './manage/orgs.ts'
import { policyRoutes } from './manage/policies.ts'
import { policyTestRoutes } from './manage/policy-tests.ts'
import { relationRoutes } from './manage/relations.ts'
import { translateRoutes } from './manage/translate.ts'
import { idJagAssertion } from './oauth/grants/id-jag.ts'
import { ownTokenExchange } from './oauth/grants/own-tokens.ts'
import { tokenExchange, workloadAssertion, workloadExchange } from './oauth/grants/workload.ts'
import { createSignedByIdp } from './oauth/id-jag.ts'
import { type OauthOptions, oauthRoutes } from './oauth/routes.ts'
import { openfgaRoutes } from './openfga/routes.ts'
import { questionRoutes } from './questions/routes.ts'
import { registryRoutes } from './registry/routes.ts'
import { revocationFeedRoutes } from './revocations/routes.ts'
import type { Route } from './route.ts'
import { signalRoutes } from './signals/routes.ts'
import { ssfPollRoute } from './ssf/poll.ts'
import { ssfRoutes } from './ssf/routes.ts'
import { watchRoutes } from './watch/routes.ts'
import { webhookRoutes } from './webhooks/routes.ts'
import { attestRoute } from './workload/attest.ts'
import { admitWith } from './workload/ports.ts'
import { trustConfigRoutes } from './workload/trust-configs.ts'

/** What the protocols stand on. */
export interface ProtocolParts {
  readonly service: Service
  readonly translator: Translator
  readonly interpreter: Interpreter
  readonly publicUrl: string
  readonly tokens: Omit<OauthOptions, 'jit'>
  readonly fetch: Fetch
  /** Whether a URL is one that may be fetched at all. */
  readonly mayFetch: (url: string) => boolean
  readonly reviewTokens: ReviewTokens
  readonly outgoing: Outgoing
  readonly jit: JitTimes
  readonly ssf: Streams
}

/** Everything that is served, beside what concerns the process. */
export function allRoutes(parts: ProtocolParts): readonly Route[] {
  const { service, translator, interpreter, publicUrl, tokens, fetch, mayFetch, reviewTokens, outgoing, jit, ssf } =
    parts
  const admit = admitWith(service, fetch, reviewTokens)
  const idpSigned = createSignedByIdp(createJwksCache(fetch, service.clock))
  return [
    ...authzenRoutes(service, publicUrl),
    ...authzRoutes(service),
    ...openfgaRoutes(service),
    ...oauthRoutes(service, { ...tokens, jit }, async uri => jsonOf(await fetch({ url: uri }), uri), {
      grants: [tokenExchange([workloadExchange(admit), ownTokenExchange])],
      assertions: [workloadAssertion(admit), idJagAssertion(idpSigned)],
    }),
    attestRoute(service, admit, tokens.ratePerAddress),
    ...explainRoutes(service),
    ...questionRoutes(service),
    ...askRoutes({ service, interpreter, act: doneBy(service) }),
    ...jitRoutes(service, jit),
    ...capabilityRoutes(service),
    ...watchRoutes(service),
    ...revocationFeedRoutes(service),
    ...orgRoutes(service),
    ...relationRoutes(service),
    ...engineRoutes(service),
    ...historyRoutes(service),
    ...translateRoutes(service, translator),
    ...policyRoutes(service),
    ...draftRoutes(service),
    ...impactRoutes(service),
    ...formRoutes(),
    ...policyTestRoutes(service),
    ...keyRoutes(service),
    ...registryRoutes(service, publicUrl),
    ...trustConfigRoutes(service, org => ({ issuer: service.tokens.issuers.of(org), mayFetch }), reviewTokens),
    ...decisionRoutes(service),
    ...usageRoutes(service),
    ...budgetAdminRoutes(service),
    ...webhookRoutes(outgoing),
    ...auditRoutes(service),
    ...sinkRoutes(outgoing),
    ...ssfRoutes(ssf),
    ssfPollRoute(ssf),
    ...signalRoutes(outgoing, tokens.ratePerAddress),
  ]
}
