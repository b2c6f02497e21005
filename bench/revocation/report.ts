import { canPin } from '../http/children.ts'
import type { Section } from '../parts.ts'
import { showNumber, showTime } from '../stats.ts'
import { table } from '../table.ts'
import type { RevocationMeasured } from './race.ts'

export const REVOCATION_HEADINGS = ['Revoked to refused'] as const

export const revocationSections = ({ rows, cut }: RevocationMeasured): readonly Section[] => [
  [
    REVOCATION_HEADINGS[0],
    [
      ...table(
        ['', 'receivers', 'p50', 'p99', 'the last of them', 'the call itself'],
        rows.map(row => [
          row.way,
          String(row.receivers),
          showTime(row.p50),
          showTime(row.p99),
          showTime(row.last),
          showTime(row.answered),
        ]),
      ),
      '',
      ...table(
        [`a receiver cut off for ${cut.seconds} s`, ''],
        [
          ['a token that may pay is refused after', ms(cut.payingRefusedAfter)],
          ['answers later than 3 s that let one pay', String(cut.wrong)],
          ['any token is refused after', cut.plainRefusedAfter === null ? '-' : ms(cut.plainRefusedAfter)],
          ['an ordinary token that was revoked meanwhile passes until', ms(cut.doomedAcceptedUntil)],
          ['right again after it can be reached again', ms(cut.rightAfter)],
        ],
      ),
      '',
      ...NOTES,
    ],
  ],
]

const ms = (value: number): string => (value >= 1_000 ? `${showNumber(value / 1000)} s` : `${showNumber(value)} ms`)

const NOTES: readonly string[] = [
  'From the moment a call to `POST /admin/revocations` begins until a receiver refuses the token, over loopback, one revocation after',
  'another: the change is committed to the embedded database before anybody hears of it. **Feed**: receivers of `lumoauth/receiver`, each with',
  'a connection of its own, checking the token again whenever there is news. **Pushed event**: a stream for each receiver, until the signed',
  'token has arrived; it is kept in the database first, and marked as delivered after. All receivers are in one process, so that the last of',
  'them waits for the work of all others; p99 is over receivers and rounds.',
  canPin ? 'The service has one core, the receivers the other.' : 'Nothing holds the processes to cores of their own.',
]
