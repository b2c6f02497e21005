/** Tells other nodes that an org has moved on, and hears of it. Losing a message only delays: nodes also poll. */
export interface Notifier {
  announce(org: string, revision: number): void
  listen(heard: (org: string, revision: number) => void): void
  /** Asks whoever holds a lease of a meter, named by its key, to give it back. */
  callIn(org: string, key: string): void
  onCallIn(heard: (org: string, key: string) => void): void
  close(): Promise<void>
}
