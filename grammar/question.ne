# Questions: the shape of what may be asked. Phrases, verbs and resources are those of policy.ne, whose words and
# classes hold here as well; the name after an alternative is its builder in src/language/question-build.ts.
# %modal is the one `can`, `may`, `could` of the question, %be the `is` that goes with `allowed`, and %asking a time or a
# place, read by src/language/question-match.ts.

@lexer words

question -> q_core q_circs                                        {% q_with %}
          | q_circs_first "," q_core q_circs                      {% q_with_first %}

q_core -> q_asks q_does                                           {% q_yes_no %}
        | q_says q_does                                           {% q_yes_no %}
        | q_check q_says q_does                                   {% q_yes_no_after %}
        | "why" q_asks q_does                                     {% q_explain %}
        | q_explains q_says q_does                                {% q_explain %}
        | %be q_doing resources q_fine "for" q_who                {% q_gerund %}
        | q_show:? "who" q_can q_aside q_does                     {% q_who_can %}
        | "who" %third resources                                  {% q_who_does %}
        | q_show:? q_which subjects q_can q_aside q_does          {% q_which_can %}
        | q_show:? q_which resources q_asks q_verbs               {% q_which_of %}
        | q_show q_which resources q_says q_verbs                 {% q_which_of %}
        | q_show resources q_that:? q_says q_verbs                {% q_those %}
        | "what" q_asks q_verbs                                   {% q_what %}
        | q_show "what" q_says q_verbs                            {% q_what_after %}
        | "what" q_asks "do" q_on                                 {% q_do %}
        | q_show "what" q_says "do" q_on                          {% q_do_after %}
        | q_show:? q_which q_actions q_asks q_perform q_on        {% q_actions %}
        | q_show q_which q_actions q_says q_perform q_on          {% q_actions %}

# Whom it is about, with the verb that asks or says so

q_asks -> %modal q_who q_not:? q_aside                            {% q_subject %}
        | %modal q_who q_not:? "be" q_ok "to" q_aside             {% q_subject_allowed %}
        | %be q_who q_not:? q_ok "to" q_aside                     {% q_subject_is %}
        | %be "it" q_fine "for" q_who "to"                        {% q_it_is %}
        | q_do q_who q_not:? "have" q_right "to"                  {% q_subject_has %}
q_says -> q_who q_can q_not:? q_aside                             {% q_statement %}
q_can -> %modal                                                   {% q_skip %}
       | %modal "be" q_ok "to"                                    {% q_skip %}
       | %be q_ok "to"                                            {% q_skip %}
       | "has" q_right "to"                                       {% q_skip %}
       | "have" q_right "to"                                      {% q_skip %}
q_not -> "not"                                                    {% q_skip %}
q_do -> "do"                                                      {% q_skip %}
      | "does"                                                    {% q_skip %}
q_ok -> "allowed"                                                 {% q_skip %}
      | "permitted"                                               {% q_skip %}
      | "authorized"                                              {% q_skip %}
      | "authorised"                                              {% q_skip %}
      | "able"                                                    {% q_skip %}
q_fine -> q_ok                                                    {% q_skip %}
        | "ok"                                                    {% q_skip %}
        | "okay"                                                  {% q_skip %}
        | "fine"                                                  {% q_skip %}
        | "possible"                                              {% q_skip %}
q_right -> det:? "permission"                                     {% q_skip %}
         | det:? "right"                                          {% q_skip %}

q_who -> q_person                                                 {% first %}
       | q_who conj q_person                                      {% more %}
q_person -> "i"                                                   {% q_me %}
          | "me"                                                  {% q_me %}
          | subject                                               {% id %}
          | det:? %word name                                      {% q_typed %}

# What they do, and to what

q_does -> q_verbs resources                                       {% q_does %}
        | "do" any "to" resources                                 {% q_do_any %}
q_verbs -> verb                                                   {% first %}
         | q_verbs conj verb                                      {% more %}
q_doing -> %gerund                                                {% first %}
         | q_doing conj %gerund                                   {% more %}
q_on -> null                                                      {% q_nothing %}
      | "to" resources                                            {% second %}
      | "with" resources                                          {% second %}
      | "on" resources                                            {% second %}
q_which -> "which"                                                {% q_skip %}
         | "what"                                                 {% q_skip %}
q_that -> "that"                                                  {% q_skip %}
        | "which"                                                 {% q_skip %}
q_actions -> "action"                                             {% q_skip %}
           | "actions"                                            {% q_skip %}
q_perform -> "do"                                                 {% q_skip %}
           | "take"                                               {% q_skip %}
           | "perform"                                            {% q_skip %}

# Words before the question proper

q_check -> q_if                                                   {% q_skip %}
         | "check" q_if                                           {% q_skip %}
         | "verify" q_if                                          {% q_skip %}
         | "see" q_if                                             {% q_skip %}
         | "say" q_if                                             {% q_skip %}
         | "find" "out" q_if                                      {% q_skip %}
         | "tell" "me" q_if                                       {% q_skip %}
q_if -> "if"                                                      {% q_skip %}
      | "whether"                                                 {% q_skip %}
q_explains -> "explain" "why"                                     {% q_skip %}
            | "explain" q_if                                      {% q_skip %}
            | "explain" "how"                                     {% q_skip %}
            | "tell" "me" "why"                                   {% q_skip %}
            | "why"                                               {% q_skip %}
q_show -> "show"                                                  {% q_skip %}
        | "show" "me"                                             {% q_skip %}
        | "tell" "me"                                             {% q_skip %}
        | "give" "me"                                             {% q_skip %}
        | "list"                                                  {% q_skip %}
        | "find"                                                  {% q_skip %}
        | "find" "out"                                            {% q_skip %}

# When, from where, and for whom

q_aside -> null                                                   {% none %}
         | q_circs_first                                          {% id %}
         | "," q_circs_first ","                                  {% second %}
q_circs -> null                                                   {% none %}
         | q_circs_first                                          {% id %}
         | "," q_circs_first                                      {% second %}
q_circs_first -> q_circ                                           {% one %}
               | q_circs_first q_joint q_circ                     {% q_circ_more %}
q_joint -> null                                                   {% none %}
         | ","                                                    {% none %}
         | "and"                                                  {% none %}
q_circ -> %asking                                                 {% q_asking %}
        | %circumstance                                           {% q_supposed %}
        | q_given %circumstance                                   {% q_supposed_if %}
        | "for" q_whom                                            {% q_for %}
        | "on" "behalf" "of" q_whom                               {% q_behalf %}
        | "on" "my" "behalf"                                      {% q_my_behalf %}
        | "on" det:? run %possess "behalf"                        {% q_their_behalf %}
        | "acting" "for" q_whom                                   {% q_acting %}
        | q_given ref comparison                                  {% q_state %}
q_given -> "if"                                                   {% q_skip %}
         | "when"                                                 {% q_skip %}
         | "while"                                                {% q_skip %}
q_whom -> "me"                                                    {% q_me %}
        | det:? run                                               {% q_named_run %}
        | name                                                    {% named %}
        | det:? %word name                                        {% q_typed %}
