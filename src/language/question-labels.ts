const ASKS = '`can …`, `who can …`, `which … can …` or `what can …`'
const WHEN = 'when, from where or for whom, such as `on Sunday` or `on behalf of Alice`'

/** What an author calls the things that may begin with a word of question.ne. Null: not worth a mention. */
export const QUESTION_LABELS: Readonly<Record<string, string | null>> = {
  q_core: ASKS,
  q_asks: ASKS,
  q_check: null,
  q_if: null,
  q_explains: null,
  q_show: null,
  q_which: null,
  q_that: null,
  q_do: null,
  q_can: '`can`',
  q_not: null,
  q_ok: '`allowed`',
  q_fine: '`allowed`',
  q_right: '`permission`',
  q_person: 'whom it is about, such as `Alice` or `user:alice`',
  q_on: 'what to, as in `to document:1`',
  q_doing: 'an action, such as `deleting`',
  q_actions: null,
  q_perform: '`do`',
  q_joint: null,
  q_aside: WHEN,
  q_circs: WHEN,
  q_circ: WHEN,
  q_given: WHEN,
  q_whom: 'for whom, such as `Alice` or `user:alice`',
}
