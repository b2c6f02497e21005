# Rules and definitions: the shape of a sentence, nothing else.
# A word in quotes matches that word; %name matches a token of that class, as src/language/classify.ts gives them out.
# The name after an alternative is the builder in src/language/build.ts that makes its node.

@lexer words

rule -> whole can predicates tail                       {% permit %}
      | whole cannot predicates tail                    {% forbid %}
      | "only" whole can predicates tail                {% only %}
      | nobody can predicates tail                      {% nobody %}
      | nobody except whole can predicates tail         {% exclusive %}
      | "no" whole can predicates tail                  {% forbid_no %}
      | nobody "outside" term can predicates tail       {% nobody_outside %}
      | nobody %detail can predicates tail              {% nobody_said %}
      | whole need approver "to" predicates tail        {% approval %}
      | whole can predicates %approved approver tail    {% with_approval %}
      | whole cannot predicates %unapproved approver tail     {% with_approval %}
      | nobody can predicates %unapproved approver tail       {% nobody_without %}
      | "no" whole can predicates %unapproved approver tail   {% no_without %}

# Sentences that begin with what is to be done: `allow`, `block`, `restrict`

imperative -> allow whole "to" predicates tail          {% allow %}
            | "only" allow whole "to" predicates tail   {% only_allow %}
            | allow "only" whole "to" predicates tail   {% only_allow %}
            | never allow whole "to" predicates tail    {% never_allow %}
            | bar whole "from" predicates tail          {% bar %}
            | forbid whole "to" predicates tail         {% bar %}
            | bar whole access resources_whole tail     {% bar_access %}
            | forbid whole access resources_whole tail  {% bar_access %}
            | grant whole access resources_whole tail   {% grant %}
            | allow whole access resources_whole tail   {% grant %}
            | bar "access" tail                         {% block %}
            | forbid "access" tail                      {% block %}
            | bar access resources_whole tail           {% block_on %}
            | forbid access resources_whole tail        {% block_on %}
            | restrict access clauses                   {% restrict %}
            | restrict access whole                     {% restrict_who %}
            | restrict access resources_whole "to" clauses       {% restrict_on %}
            | restrict access resources_whole "to" whole         {% restrict_who_on %}
            | "require" approval_from approver "to" predicates tail         {% require %}
            | this need approver tail                   {% this_needs %}
allow -> "allow"                                        {% skip %}
       | "let"                                          {% skip %}
       | "permit"                                       {% skip %}
       | "enable"                                       {% skip %}
never -> "never"                                        {% skip %}
       | "do" "not"                                     {% skip %}
bar -> "block"                                          {% skip %}
     | "stop"                                           {% skip %}
     | "prevent"                                        {% skip %}
     | "deny"                                           {% skip %}
     | "ban"                                            {% skip %}
     | "prohibit"                                       {% skip %}
forbid -> "forbid"                                      {% skip %}
grant -> "grant"                                        {% skip %}
       | "give"                                         {% skip %}
restrict -> "restrict"                                  {% skip %}
          | "limit"                                     {% skip %}
access -> "access" "to"                                 {% skip %}
this -> "this"                                          {% id %}
      | "that"                                          {% id %}
approval_from -> approval "from"                        {% skip %}
approval -> "approval"                                  {% skip %}
          | "an" "approval"                             {% skip %}
          | "the" "approval"                            {% skip %}

# Sentences that begin with what it is done to, or with the doing itself

passive -> resources_whole can "be" dones "by" whole tail        {% passive_permit %}
         | resources_whole can "only" "be" dones "by" whole tail {% passive_only %}
         | resources_whole can "be" dones "only" "by" whole tail {% passive_only_by %}
         | resources_whole can "only" "be" dones glue clauses    {% passive_only_when %}
         | resources_whole cannot "be" dones "by" whole tail     {% passive_forbid %}
         | resources_whole cannot "be" dones tail                {% passive_nobody %}
         | resources_whole cannot "be" dones except "by" whole tail  {% passive_except %}
         | resources_whole need approver "to" "be" dones tail    {% passive_approval %}
dones -> %done                                          {% first %}
       | dones conj %done                               {% more %}
doing -> predicates need approver tail                  {% doing_needs %}
       | predicates be "not" allowed tail               {% doing_never %}
       | predicates be forbidden tail                   {% doing_forbidden %}
allowed -> "allowed"                                    {% skip %}
         | "permitted"                                  {% skip %}
forbidden -> "forbidden"                                {% skip %}
           | "prohibited"                               {% skip %}

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
except -> "except"                                      {% id %}
        | "but"                                         {% id %}
        | "other" "than"                                {% id %}
need -> needs approval_from                             {% skip %}
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
         | they                                         {% pronoun_phrase %}
         | of_thing                                     {% id %}
         | "(" whole ")"                                {% bracketed %}
whole -> subjects                                       {% id %}
       | subjects except subjects                       {% except %}
       | subjects %acting whole                         {% acting %}
someone -> "anyone"                                     {% id %}
         | "everyone"                                   {% id %}
         | "anybody"                                    {% id %}
         | "everybody"                                  {% id %}

predicates -> predicate                                 {% first %}
            | predicates conj again                     {% more %}
predicate -> "do" any                                   {% do_any %}
           | "do" any "to" resources_whole              {% do_any_to %}
           | verbs resources_whole                      {% verbs_on %}
           | verbs %spending                            {% spending %}
           | "do" this                                  {% do_this %}
again -> agains resources_whole                         {% verbs_on %}
agains -> %again                                        {% first %}
        | agains conj verb                              {% more %}
verbs -> verb                                           {% first %}
       | verbs conj verb                                {% more %}
verb -> %word                                           {% id %}
      | %quoted                                         {% id %}
resources -> resource                                   {% first %}
           | resources conj resource                    {% more %}
resources_whole -> resources                            {% id %}
                 | resources except resources           {% except %}
resource -> phrase                                      {% id %}
          | of_thing                                    {% id %}
          | any                                         {% anything %}
          | "it"                                        {% pronoun_phrase %}
          | "them"                                      {% pronoun_phrase %}
          | "(" resources_whole ")"                     {% bracketed %}
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
     | which "can" %word able                           {% can_do %}
     | which "cannot" %word able                        {% cannot_do %}
     | who be det:? run place                           {% member_mod %}
     | who be "not" det:? run place                     {% not_member_mod %}
leaf_mod -> %participle preposition term                {% participle %}
     | "whose" run be nested                            {% whose_is %}
     | "in" term                                        {% place_in %}
     | "of" term                                        {% place_of %}
     | "of" %amount                                     {% amount_is %}
     | %detail                                          {% detail %}
     | "whose" attribute comparison                     {% whose %}
     | "with" term "as" run                             {% with_as %}
     | held                                             {% id %}
     | "such" "that" "(" clauses ")"                    {% such_that %}
able -> "it"                                            {% pronoun %}
      | "the" run                                       {% the_term %}
      | name                                            {% named_term %}
held -> they run                                        {% they_verb %}
      | they "can" %word                                {% they_can %}
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
      | %several                                        {% several %}
      | possessive run                                  {% own_term %}
      | "the" run                                       {% the_term %}
      | run                                             {% bare_term %}
      | name                                            {% named_term %}
      | of_thing                                        {% of_term %}
      | "any" run "with" term "as" run                  {% any_term %}
      | "any" run which be det:? run "of" term          {% any_holder %}
      | %indefinite run                                 {% a_term %}
      | nested                                          {% id %}
nested -> det_a run %participle preposition term        {% nested_done %}
        | det_a run "in" term                           {% nested_in %}
pronoun -> "them"                                       {% id %}
         | "themselves"                                 {% id %}
         | "him"                                        {% id %}
         | "her"                                        {% id %}
         | they                                         {% id %}
         | "it"                                         {% id %}
det_a -> "a"                                            {% id %}
       | "an"                                           {% id %}
       | "any"                                          {% id %}
of_thing -> owned run                                   {% of_thing %}
owned -> owner %possess                                 {% id %}
       | owned run %possess                             {% owned_on %}
owner -> "the" run                                      {% the_term %}
       | %indefinite run                                {% a_term %}
       | possessive run                                 {% own_term %}
       | run                                            {% bare_term %}
       | %entity                                        {% named_term %}
       | %email                                         {% named_term %}
ref -> possessive attribute                             {% own_ref %}
     | "the" run %possess attribute                     {% the_ref %}
     | %indefinite run %possess attribute               {% the_ref %}

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
             | actor be %entity                         {% is_this %}
             | actor be "not" %entity                   {% is_not_this %}
             | actor be "in" term                       {% actor_in %}
             | actor be "not" "in" term                 {% not_actor_in %}
             | actor be det run                         {% is_role %}
             | actor be "not" det run                   {% is_not_role %}
             | actor be possessive run                  {% is_role_of %}
             | actor be "not" possessive run            {% is_not_role_of %}
             | they run owned_object                    {% does %}
             | they do "not" run owned_object           {% does_not %}
             | thing be %detail                         {% said %}
             | thing be "not" %detail                   {% not_said %}
             | thing be %values                         {% is_so %}
             | thing be "not" %values                   {% is_not_so %}
             | thing %having                            {% has_said %}
             | zone                                     {% zone_of_all %}
owned_object -> "it"                                    {% pronoun %}
              | "them"                                  {% them_it %}
              | "the" run                               {% the_term %}
              | name                                    {% named_term %}
thing -> they                                           {% pronoun %}
       | "it"                                           {% pronoun %}
       | "the" run                                      {% the_term %}
       | %indefinite run                                {% a_term %}
       | run                                            {% bare_term %}
actor -> they                                           {% pronoun %}
       | "it"                                           {% pronoun %}
       | possessive run                                 {% own_term %}
       | "the" run                                      {% the_term %}
       | %entity                                        {% named_term %}
       | %email                                         {% named_term %}
       | of_thing                                       {% of_term %}
       | "any" run "with" term "as" run                 {% any_term %}
       | "any" run which be det:? run "of" term         {% any_holder %}

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
        | %delegated                                    {% delegated %}
        | %undelegated                                  {% undelegated %}

# Definitions

definition -> det:? run be noun_phrase                  {% noun_is %}
            | det:? run be name_only                    {% name_is %}
            | det:? run be %ranges                      {% network_is %}
            | det:? run be from:? %time until %time on_days:? zone:?   {% hours_are %}
            | det:? run be %days ",":? from:? %time until %time zone:? {% days_are %}
            | det:? run be %countries                   {% region_is %}
            | det:? run be %calendar_days               {% calendar_is %}
            | det:? run has attributes                  {% attributes_are %}
            | det:? run be people                       {% people_are %}
            | "to" verb det:? run "means" "to" verbs it {% verb_means %}
            | "to" verb "means" "to" verbs              {% verb_means_any %}
            | det:? run be "also" det:? run             {% role_is %}
            | det:? run "of" det:? run be "also" its:? det:? run         {% role_of_is %}
it -> "it"                                              {% id %}
    | "them"                                            {% id %}
its -> "its"                                            {% id %}
     | "their"                                          {% id %}
people -> person conj person                            {% two %}
        | people conj person                            {% more %}
person -> run                                           {% bare_term %}
        | "the" run                                     {% the_term %}
        | name                                          {% named_term %}
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
