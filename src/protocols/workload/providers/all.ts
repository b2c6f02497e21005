import type { Provider } from '../../../agents/trust.ts'
import { aws } from './aws.ts'
import { azure } from './azure.ts'
import { gcp } from './gcp.ts'
import { github } from './github.ts'
import { kubernetes } from './kubernetes.ts'
import { oidc } from './oidc.ts'
import type { JwtProvider } from './provider.ts'
import { spiffe } from './spiffe.ts'

export const JWT_PROVIDERS: Readonly<Record<Provider, JwtProvider>> = {
  kubernetes,
  aws,
  gcp,
  azure,
  spiffe,
  github,
  oidc,
}
