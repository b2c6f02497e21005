# Rules and definitions: the shape of a sentence, nothing else.
# A word in quotes matches that word; %name matches a token of that class, as src/language/classify.ts gives them out.
# The name after an alternative is the builder in src/language/build.ts that makes its node.

@lexer words

rule -> subjects can predicate tail                     {% permit %}
      | subjects cannot predicate tail                  {% forbid %}
      | "only" subjects can predicate tail              {% only %}
      | nobody can predicate tail                       {% nobody %}
      | nobody except subjects can predicate tail       {% exclusive %}
      | "no" subjects can predicate tail                {% forbid_no %}
      | subjects need approver "to" predicate tail      {% approval %}

can -> "can"                                            {% skip %}
     | "may"                                            {% skip %}
     | be "allowed" "to"                                {% skip %}
     | be "permitted" "to"                              {% skip %}
cannot -> "cannot"                                      {% skip %}
        | modal "not"                                   {% skip %}
        | modal "never"                                 {% skip %}
        | be "not" "allowed" "to"                       {% skip %}
        | be "not" "permitted" "to"                     {% skip %}
modal -> "can"                                          {% skip %}
       | "may"                                          {% skip %}
       | "must"                                         {% skip %}
be -> "is"                                              {% skip %}
    | "are"                                             {% skip %}
nobody -> "nobody"                                      {% skip %}
        | "no-one"                                      {% skip %}
        | "no" "one"                                    {% skip %}
except -> "except"                                      {% skip %}
        | "but"                                         {% skip %}
        | "other" "than"                                {% skip %}
need -> needs "approval" "from"                         {% skip %}
      | needs "an" "approval" "from"                    {% skip %}
      | needs "the" "approval" "from"                   {% skip %}
needs -> "need"                                         {% skip %}
       | "needs"                                        {% skip %}
       | "require"                                      {% skip %}
       | "requires"                                     {% skip %}
       | "must" "have"                                  {% skip %}
       | "must" "get"                                   {% skip %}

# Who and what

subjects -> subject                                     {% first %}
          | subjects conj subject                       {% more %}
subject -> phrase                                       {% id %}
         | someone mods                                 {% someone %}
someone -> "anyone"                                     {% id %}
         | "everyone"                                   {% id %}
         | "anybody"                                    {% id %}
         | "everybody"                                  {% id %}

predicate -> "do" any                                   {% do_any %}
           | "do" any "to" resources                    {% do_any_to %}
           | verbs resources                            {% verbs_on %}
           | verbs %spending                            {% spending %}
verbs -> verb                                           {% first %}
       | verbs conj verb                                {% more %}
verb -> %word                                           {% id %}
      | %quoted                                         {% id %}
resources -> resource                                   {% first %}
           | resources conj resource                    {% more %}
resource -> phrase                                      {% id %}
          | any                                         {% anything %}
any -> "anything"                                       {% id %}
     | "everything"                                     {% id %}

phrase -> noun_phrase                                   {% id %}
        | name                                          {% named %}
noun_phrase -> det:? run mods                           {% phrase %}
             | possessive run mods                      {% own_phrase %}
name -> %entity                                         {% id %}
      | %email                                          {% id %}
      | %quoted                                         {% id %}
run -> %word                                            {% one %}
     | run %word                                        {% run_on %}
det -> "the"                                            {% id %}
     | "a"                                              {% id %}
     | "an"                                             {% id %}
     | "any"                                            {% id %}
     | "all"                                            {% id %}
     | "all" "the"                                      {% id %}
     | "every"                                          {% id %}
     | "each"                                           {% id %}
conj -> ","                                             {% comma %}
      | "and"                                           {% and %}
      | "or"                                            {% or %}
      | "," "and"                                       {% and %}
      | "," "or"                                        {% or %}
possessive -> "their"                                   {% id %}
            | "his"                                     {% id %}
            | "her"                                     {% id %}
            | "its"                                     {% id %}
approver -> phrase                                      {% id %}
          | of_thing                                    {% id %}

# What a noun phrase says of itself

mods -> null                                            {% none %}
      | mods conj:? mark:? mod                          {% joined %}
mark -> "either"                                        {% id %}
      | "both"                                          {% id %}
mod -> "not" leaf_mod                                   {% negated %}
     | leaf_mod                                         {% id %}
     | which be leaf_mod                                {% third %}
     | which be "not" leaf_mod                          {% negated_fourth %}
     | which held                                       {% second %}
     | who be det:? run place                           {% member_mod %}
     | who be "not" det:? run place                     {% not_member_mod %}
leaf_mod -> %participle preposition term                {% participle %}
     | "in" term                                        {% place_in %}
     | "of" term                                        {% place_of %}
     | "of" %amount                                     {% amount_is %}
     | %detail                                          {% detail %}
     | "whose" attribute comparison                     {% whose %}
     | "with" term "as" run                             {% with_as %}
     | held                                             {% id %}
     | "such" "that" "(" clauses ")"                    {% such_that %}
held -> they run                                        {% they_verb %}
      | they be det:? run "of"                          {% they_are %}
which -> "that"                                         {% skip %}
       | "which"                                        {% skip %}
       | "who"                                          {% skip %}
who -> "who"                                            {% skip %}
     | "that"                                           {% skip %}
they -> "they"                                          {% id %}
      | "he"                                            {% id %}
      | "she"                                           {% id %}
place -> "of" term                                      {% second %}
       | "in" term                                      {% second %}
preposition -> "with"                                   {% id %}
             | "by"                                     {% id %}
             | "to"                                     {% id %}
             | "for"                                    {% id %}
             | "under"                                  {% id %}
attribute -> run                                        {% id %}
           | %quoted                                    {% one %}

# Things a clause speaks of

term -> pronoun                                         {% pronoun %}
      | possessive run                                  {% own_term %}
      | "the" run                                       {% the_term %}
      | run                                             {% bare_term %}
      | name                                            {% named_term %}
      | of_thing                                        {% of_term %}
      | "any" run "with" term "as" run                  {% any_term %}
pronoun -> "them"                                       {% id %}
         | "themselves"                                 {% id %}
         | "him"                                        {% id %}
         | "her"                                        {% id %}
         | they                                         {% id %}
         | "it"                                         {% id %}
of_thing -> "the" run %possess run                      {% of_thing %}
ref -> possessive attribute                             {% own_ref %}
     | "the" run %possess attribute                     {% the_ref %}

# What a rule depends on

tail -> null                                            {% none %}
      | glue clauses                                    {% second %}
glue -> null                                            {% none %}
      | ","                                             {% none %}
      | "and"                                           {% none %}
      | "," "and"                                       {% none %}
clauses -> intro:? mark:? clause                        {% first_clause %}
         | clauses conj:? intro:? mark:? clause         {% next_clause %}
intro -> "if"                                           {% id %}
       | "when"                                         {% id %}
       | "while"                                        {% id %}
       | "unless"                                       {% id %}
clause -> "not" bare_clause                             {% negated %}
        | bare_clause                                   {% id %}
        | "(" clauses ")"                               {% group %}
        | "not" "(" clauses ")"                         {% not_group %}
bare_clause -> adverb "only":?                          {% id %}
             | ref comparison                           {% compared %}
             | actor be det:? run place                 {% role_of %}
             | actor be "not" det:? run place           {% not_role_of %}
             | actor be %participle preposition term    {% done_to %}
             | actor be "not" %participle preposition term   {% not_done_to %}
             | actor be "in" term                       {% actor_in %}
             | actor be "not" "in" term                 {% not_actor_in %}
             | thing be %detail                         {% said %}
             | thing be "not" %detail                   {% not_said %}
             | thing %having                            {% has_said %}
thing -> they                                           {% pronoun %}
       | "it"                                           {% pronoun %}
       | "the" run                                      {% the_term %}
actor -> they                                           {% pronoun %}
       | "it"                                           {% pronoun %}
       | possessive run                                 {% own_term %}
       | "the" run                                      {% the_term %}
       | %entity                                        {% named_term %}
       | %email                                         {% named_term %}
       | of_thing                                       {% of_term %}
       | "any" run "with" term "as" run                 {% any_term %}

comparison -> be %values                                {% is %}
            | be "not" %values                          {% is_not %}
            | be "one" "of" %values                     {% one_of %}
            | be "not" "one" "of" %values               {% not_one_of %}
            | be ref                                    {% is %}
            | be "not" ref                              {% is_not %}
            | be %compared                              {% compared_so %}
            | be "not" %compared                        {% not_compared_so %}
            | be %order operand                         {% is_compared %}
            | be "not" %order operand                   {% is_not_compared %}
            | holds holding                             {% contains %}
            | do "not" holds holding                    {% contains_not %}
operand -> %value                                       {% id %}
         | ref                                          {% id %}
holding -> %values                                      {% id %}
         | ref                                          {% id %}
holds -> "contains"                                     {% skip %}
       | "contain"                                      {% skip %}
       | "includes"                                     {% skip %}
       | "include"                                      {% skip %}
do -> "do"                                              {% skip %}
    | "does"                                            {% skip %}

adverb -> %circumstance                                 {% circumstance %}
        | %covered                                      {% covered %}
        | %uncovered                                    {% uncovered %}

# Definitions

definition -> det:? run be noun_phrase                  {% noun_is %}
            | det:? run be name_only                    {% name_is %}
            | det:? run be %ranges                      {% network_is %}
            | det:? run be from:? %time until %time on_days:? zone:?   {% hours_are %}
            | det:? run be %days ",":? from:? %time until %time zone:? {% days_are %}
            | det:? run be %countries                   {% region_is %}
            | det:? run be %calendar_days               {% calendar_is %}
            | det:? run has attributes                  {% attributes_are %}
name_only -> %entity                                    {% id %}
           | %email                                     {% id %}
from -> "from"                                          {% id %}
      | "between"                                       {% id %}
until -> "to"                                           {% id %}
       | "until"                                        {% id %}
       | "and"                                          {% id %}
on_days -> ",":? on:? %days                             {% third %}
on -> "on"                                              {% id %}
zone -> "in" %zone                                      {% second %}
      | %zone                                           {% id %}
has -> "has"                                            {% skip %}
     | "have"                                           {% skip %}
attributes -> attribute_type                            {% first %}
            | attributes conj attribute_type            {% more %}
attribute_type -> det:? attribute "in" %currency        {% money_type %}
                | det:? attribute "in" %unit            {% unit_type %}
                | det:? attribute "of" %choices         {% choice_type %}
                | det:? attribute "as" det:? kind       {% kind_type %}
kind -> "number"                                        {% id %}
      | "time"                                          {% id %}
      | "instant"                                       {% id %}
      | "timestamp"                                     {% id %}
      | "country"                                       {% id %}
      | "text"                                          {% id %}
      | "date"                                          {% id %}
      | "flag"                                          {% id %}
      | "list"                                          {% id %}
      | "yes" "or" "no"                                 {% id %}
