/**
 * The OpenFGA server that has an org's relations. The database knows it by its name in the settings and nothing else of it.
 * `arriving`: the tuples are being copied there, and the org's own still answer. `live`: the server answers and takes
 * writes. `leaving`: it answers, and its tuples are being copied back. In the first and the last nothing may be written.
 */
export interface Engine {
  readonly server: string
  readonly storeId: string
  /** The server's id of each model of ours that is there. */
  readonly models: Readonly<Record<string, string>>
  readonly state: 'arriving' | 'live' | 'leaving'
}

/** Whether relations are asked of a server rather than of the org's own tuples. */
export const answersAway = (engine: Engine | null): engine is Engine => engine !== null && engine.state !== 'arriving'
