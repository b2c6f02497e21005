/** Tells other nodes that an org has moved on, and hears of it. Losing a message only delays: nodes also poll. */
export interface Notifier {
  announce(org: string, revision: number): void
  listen(heard: (org: string, revision: number) => void): void
  close(): Promise<void>
}
