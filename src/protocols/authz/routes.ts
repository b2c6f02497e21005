import type { Service } from '../../pdp/service.ts'
import type { Route } from '../route.ts'
import { abacRoutes } from './abac.ts'
import { attributeRoutes } from './attributes.ts'
import { permissionRoutes } from './permissions.ts'
import { zanzibarRoutes } from './zanzibar.ts'

/** The published checks: permissions by name, relations, attributes. Each puts the same question to the same engine. */
export const authzRoutes = (service: Service): readonly Route[] => [
  ...permissionRoutes(service),
  ...zanzibarRoutes(service),
  ...abacRoutes(service),
  ...attributeRoutes(service),
]
