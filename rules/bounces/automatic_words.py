"""The words of holiday notices, in the languages in which they come, and of challenges."""

from typing import Final

from rules.bounces.patterns import Phrases

SURE_SUBJECT: Final = Phrases(r"""
auto(?:matic|mated|mail)?[ -]?(?:reply|response|respon[ds]\w*|answer)\b|autoreply|autoresponse
^(?:\S{1,12}: ?)?(?:i.?m |i am )?out[ -]of[ -](?:the[ -])?office\b|^ooo\b|away from (?:my )?(?:mail|office|desk)
vacation (?:reply|message|notice|response)|abwesenheit(?:s|\b)
automatische (?:antwort|ruckantwort|mail|e-mail|benachrichtigung)|autoantwort|nicht im (?:buro|haus)
reponse automatique|absence du bureau|message d.absence|absent du bureau|respuesta automatica|respuesta de ausencia
fuera de (?:la )?oficina|autorespuesta|risposta automatica|fuori (?:sede|ufficio)|assente dall.ufficio
messaggio automatico|automatisch(?:e)? (?:antwoord|beantwoord|bericht|reactie|reply)|afwezigheid|niet op kantoor
buiten kantoor|automatyczna odpowiedz|odpowiedz automatyczna|autoodpowiedz|poza biurem|informacja o nieobecnosci
resposta automatica|fora do escritorio|ausencia temporaria|ausente do escritorio|automatiskt svar|autosvar
automatisk svar|franvaro(?:meddelande)?|ikke (?:til stede|pa kontoret)|fravaer(?:smelding|sbesked)?
automaattinen vastaus|poissa toimistosta|poissaolo|automaticka odpoved|mimo kancelar|automatikus valasz|hazon kivul
raspuns automat|otomatik (?:yanit|cevap)|ofis disi|автоответ|автоматический ответ|вне офиса|автоматична відповідь
自動(?:返信|応答|回覆|回复|答复)|自动(?:回复|答复|回覆)|不在(?:通知|のお知らせ|に)
外出(?:中|通知)?(?:自动|自動)|자동 ?(?:응답|회신)|부재 ?중|αυτοματη απαντηση
رد تلقائي|תשובה אוטומטית|avtomatski odgovor|automatski odgovor|automatinis atsakymas|automatvastus
""")
"""Subjects that machines alone write."""

AWAY_SUBJECT: Final = Phrases(r"""
vacation|holiday|on leave|absence|absent|away\b|out of office|urlaub|abwesend|conge|vacances|vacaciones|ausencia
ausente|ferie|ferias|assenza|assente|afwezig|vakantie|urlop|nieobecn|semester|borta\b|loma|dovolena|szabadsag|izin
tatil|отпуск|отсутств|不在|休暇|休假|外出|휴가
received your|we have received|thank you for (?:contacting|your)|ticket|\[#|(?:request|message|ticket|case) received
anfrage (?:erhalten|eingegangen)|demande recue|solicitud recibida|richiesta ricevuta|aanvraag ontvangen
""")
"""Subjects that people write, too."""

AWAY_TEXT: Final = Phrases(r"""
i.?(?: am|.?m|will be)(?: \S{1,15}){0,3}? (?:out of (?:the )?office|away)
i.?(?: am|.?m|will be)(?: \S{1,15}){0,3}? (?:on (?:vacation|holiday|leave|annual leave|maternity)|on business)
out of (?:the )?office|limited access to (?:my )?(?:e-?mail|mail)
(?:bin|befinde|werde)(?: \S{1,20}){0,6}? (?:nicht im (?:buro|haus)|im urlaub|abwesend|erreichbar|nicht anwesend)
(?:je suis|suis|serai)(?: \S{1,15}){0,3}? (?:absente?|en conges?|en vacances)
(?:estoy|estare)(?: \S{1,15}){0,3}? (?:fuera|ausente|de vacaciones)
(?:sono|saro)(?: \S{1,15}){0,3}? (?:assente|fuori|in ferie)
(?:ben|ik ben)(?: \S{1,15}){0,4}? (?:afwezig|met vakantie|niet aanwezig|niet op kantoor|op vakantie)
(?:jestem|bede)(?: \S{1,15}){0,4}? (?:nieobecn|na urlopie|poza biurem)
(?:estou|estarei)(?: \S{1,15}){0,3}? (?:ausente|fora|de ferias)
jag ar(?: \S{1,15}){0,4}? (?:borta|ledig|pa semester|franvarande|inte)
jeg er(?: \S{1,15}){0,4}? (?:bortreist|pa ferie|ikke|fravaerende|ude af)|olen (?:\S{1,15} ){0,3}(?:lomalla|poissa)
(?:я |нахожусь |буду )(?:\S{1,15} ){0,3}(?:в отпуске|отсутств\w*)
不在にして|休暇(?:中|を)|不在办公室|正在休假|外出中|휴가 ?중|부재중
""")
"""What holiday notices say."""

CHALLENGE_SUBJECT: Final = Phrases(r"""
(?:please |action required.{0,3} ?)?(?:confirm|verify)(?: \S{1,15}){0,2}? (?:message|e-?mail|mail)
(?:please |action required.{0,3} ?)?(?:validate|authenticate)(?: \S{1,15}){0,2}? (?:message|e-?mail|mail)
(?:please |action required.{0,3} ?)?(?:confirm|verify)(?: \S{1,15}){0,2}? (?:delivery|sender|identity)
(?:please |action required.{0,3} ?)?(?:validate|authenticate)(?: \S{1,15}){0,2}? (?:delivery|sender|identity)
(?:sender|e-?mail|message|mail|address) (?:address )?(?:verification|confirmation|authentication|challenge)
verification (?:required|needed)|confirmation (?:required|needed)|challenge
awaiting (?:your )?(?:verification|confirmation)|antispam|anti-spam|spam ?(?:arrest|blocker|filter)|bestatigen sie
bestatigung (?:ihrer|erforderlich)|absender(?:bestatigung|prufung|verifizierung)
confirm(?:ez|er) votre (?:message|envoi|mail)|confirme su (?:mensaje|correo)|confirmacion (?:de|requerida)
conferm(?:a|are|i) (?:il|la|l)|conferma (?:del )?mittente|bevestig|potwierdz|confirmacao|confirme (?:o |a |seu |sua )
mailblock|подтверд|確認|验证|驗證|guest list
""")
"""What a challenge wants."""

CHALLENGE_SHIELD: Final = Phrases(r"""
spam|junk|unsolicited|unwanted|unbekannt|indesirable|no deseado|indesiderat|ongewenst|niechcian|indesejad|white ?list
(?:approved|allowed|accepted|trusted|safe|known|authori[sz]ed|permitted) (?:sender|contact|list)
(?:unknown|first-?time|new|unrecogni[sz]ed|unverified) sender|guest list
(?:not|n.t) (?:yet )?(?:been )?(?:verified|recogni[sz]ed|confirmed|approved|authenticated)|address book|contact list
real person|human|robot|captcha|protect|спам|迷惑|垃圾
""")
"""What a challenge protects from."""

CHALLENGE_ACT: Final = Phrases(r"""
click|link|follow|visit|reply|respond|answer|captcha|confirm|verify|http|klick|antwort|cliqu|repond|clic|respond
rispond|klik|beantwoord|kliknij|odpowied|responda|перейд|нажм|ссылк|クリック|点击|點擊|返信|回复
""")
"""How a challenge is met."""

CHALLENGE_HELD: Final = Phrases(r"""
your (?:\S{1,20} )?(?:message|e-?mail|mail|letter)
(?:e-?mail|message|mail)s? (?:that )?you (?:just |recently )?(?:have )?sent|you sent|message you|receive your|held
hold|queue|quarantin|pending|deliver|release|ihre (?:\S{1,20} )?(?:nachricht|mail|e-mail)
votre (?:message|courriel|mail|e-mail)|su (?:mensaje|correo)|tuo messaggio|suo messaggio|vostro messaggio
uw (?:bericht|e-mail|mail)|twoja wiadomosc|panstwa wiadomosc|sua mensagem|seu e-?mail|ваше (?:письмо|сообщение)|メール
您的(?:邮件|郵件)
""")
"""What a challenge holds back."""
