# ruff: noqa: E501
"""The words of the grammar, each with its English, French and Hindi forms.

Few words, all of them common, and every one with what the three languages need to know about it:
gender and plural in French and in Hindi, and the *kinds* (person, food, ...) that say which verbs
and adjectives may go with it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Noun:
    """A noun in three languages. A mass noun (milk) has no plural and no "a"."""

    en: str
    en_plural: str
    fr: str
    fr_plural: str
    fr_gender: str  # "m" or "f"
    hi: tuple[str, str, str, str]  # direct singular, plural, then oblique singular, plural
    hi_gender: str
    kinds: frozenset[str] = field(repr=False)
    mass: bool = False


@dataclass(frozen=True)
class Adjective:
    """An adjective in three languages."""

    en: str
    fr: tuple[str, str, str, str]  # masculine, feminine, masculine plural, feminine plural
    fr_before_vowel: str  # masculine singular before a vowel: bel, vieil, nouvel
    before: bool  # True: stands before the noun in French
    hi: tuple[str, str, str]  # masculine direct singular, any other masculine, feminine
    kinds: frozenset[str] = field(repr=False)
    hi_animate: tuple[str, str, str] | None = None  # where Hindi has another word for the living
    gradable: bool = True  # False: no "very" with it
    fr_with_avoir: bool = False  # "has hunger" for "is hungry": only after the verb


@dataclass(frozen=True)
class Verb:
    """A verb in three languages; ``subjects`` and ``objects`` are kinds of nouns."""

    en: str
    en_s: str
    fr: tuple[str, str, str, str, str]  # with je, il, nous, vous, ils
    fr_infinitive: str
    hi_stem: str
    subjects: frozenset[str] = field(repr=False)
    objects: frozenset[str] = field(repr=False, default=frozenset())
    hi_noun: str = ""  # the noun or adjective of a compound verb, such as साफ़ करना
    hi_case: str = ""  # the object's postposition; "" is को after living beings, else nothing
    fr_preposition: str = ""
    generic: bool = False  # "likes apples" is "aime les pommes", with the article
    prepositions: tuple[str, ...] = ()  # the places that may follow
    needs_place: bool = False


@dataclass(frozen=True)
class Preposition:
    """A preposition of place; Hindi puts it after the noun."""

    en: str
    fr: str
    hi: str


def _hindi_noun(word: str, pattern: str) -> tuple[tuple[str, str, str, str], str]:
    """Return the four forms and the gender of a Hindi noun of one of six patterns."""
    stem = word[:-1]
    match pattern:
        case "-ā m":
            return (word, stem + "े", stem + "े", stem + "ों"), "m"
        case "m":
            return (word, word, word, word + "ों"), "m"
        case "-ī m":
            return (word, word, word, stem + "ियों"), "m"
        case "-ū m":
            return (word, word, word, stem + "ुओं"), "m"
        case "-ī f":
            return (word, stem + "ियाँ", word, stem + "ियों"), "f"
        case "f":
            return (word, word + "ें", word, word + "ों"), "f"
        case "bhāī":
            return (word, word, word, word[:-1] + "इयों"), "m"
    raise ValueError(f"no Hindi noun pattern is called {pattern!r}")


def _nouns(table: str, mass: bool = False) -> list[Noun]:
    """Read one noun a line: English | French, gender | Hindi, pattern | kinds.

    Plurals are regular (+ s) where none is written after a slash.
    """
    nouns = []
    for line in table.strip().splitlines():
        english, french, hindi, kinds = (part.strip() for part in line.split("|"))
        en, _, en_plural = english.partition("/")
        french, gender = french.rsplit(" ", 1)
        fr, _, fr_plural = french.partition("/")
        hi, pattern = hindi.split(" ", 1)
        forms, hi_gender = _hindi_noun(hi, pattern)
        nouns.append(
            Noun(
                en,
                en_plural or en + "s",
                fr,
                fr_plural or fr + "s",
                gender,
                forms,
                hi_gender,
                frozenset(kinds.split()),
                mass,
            )
        )
    return nouns


NOUNS = _nouns(
    """
    boy             | garçon m              | लड़का -ā m     | person young
    girl            | fille f               | लड़की -ī f     | person young
    man/men         | homme m               | आदमी -ī m      | person adult
    woman/women     | femme f               | औरत f          | person adult
    child/children  | enfant m              | बच्चा -ā m     | person young
    teacher         | professeur m          | अध्यापक m      | person adult
    student         | étudiant m            | छात्र m         | person young
    friend          | ami m                 | दोस्त m         | person friend
    neighbour       | voisin m              | पड़ोसी -ī m     | person adult
    doctor          | médecin m             | डॉक्टर m        | person adult
    farmer          | fermier m             | किसान m        | person adult
    writer          | écrivain m            | लेखक m         | person adult
    queen           | reine f               | रानी -ī f      | person adult
    sister          | sœur f                | बहन f          | person family
    brother         | frère m               | भाई bhāī       | person family
    dog             | chien m               | कुत्ता -ā m     | animal
    cat             | chat m                | बिल्ली -ī f     | animal perching
    horse           | cheval/chevaux m      | घोड़ा -ā m      | animal runner
    bird            | oiseau/oiseaux m      | पक्षी -ī m      | animal bird perching
    cow             | vache f               | गाय f          | animal
    elephant        | éléphant m            | हाथी -ī m      | animal wild fierce
    monkey          | singe m               | बंदर m         | animal wild perching
    lion            | lion m                | शेर m          | animal wild fierce
    bear            | ours/ours m           | भालू -ū m      | animal wild fierce
    rabbit          | lapin m               | ख़रगोश m        | animal
    mouse/mice      | souris/souris f       | चूहा -ā m      | animal perching
    goat            | chèvre f              | बकरी -ī f      | animal
    apple           | pomme f               | सेब m          | food fruit ripe
    orange          | orange f              | संतरा -ā m     | food fruit
    banana          | banane f              | केला -ā m      | food fruit
    mango/mangoes   | mangue f              | आम m           | food fruit
    tomato/tomatoes | tomate f              | टमाटर m        | food ripe
    egg             | œuf m                 | अंडा -ā m      | food
    cake            | gâteau/gâteaux m      | केक m          | food sweet
    book            | livre m               | किताब f        | thing read written small
    letter          | lettre f              | पत्र m          | thing read written small
    newspaper       | journal/journaux m    | अख़बार m        | thing read small
    story/stories   | histoire f            | कहानी -ī f     | read written heard
    song            | chanson f             | गाना -ā m      | heard sung
    film            | film m                | फ़िल्म f         | shown
    picture         | image f               | तस्वीर f        | thing shown small
    flower          | fleur f               | फूल m          | thing plant coloured
    tree            | arbre m               | पेड़ m          | plant tall
    table           | table f               | मेज़ f          | thing furniture coloured cleaned
    chair           | chaise f              | कुर्सी -ī f      | thing furniture coloured
    door            | porte f               | दरवाज़ा -ā m    | opening coloured cleaned
    window          | fenêtre f             | खिड़की -ī f     | opening cleaned
    car             | voiture f             | गाड़ी -ī f      | thing vehicle coloured cleaned
    boat            | bateau/bateaux m      | नाव f          | thing vehicle coloured
    train           | train m               | ट्रेन f          | vehicle awaited
    key             | clé f                 | चाबी -ī f      | thing small
    clock           | horloge f             | घड़ी -ī f       | thing small
    shirt           | chemise f             | कमीज़ f         | thing worn coloured
    hat             | chapeau/chapeaux m    | टोपी -ī f      | thing worn coloured
    shoe            | chaussure f           | जूता -ā m      | thing worn coloured
    umbrella        | parapluie m           | छाता -ā m      | thing small coloured opened
    box/boxes       | boîte f               | डिब्बा -ā m     | thing small coloured opened
    bag             | sac m                 | थैला -ā m      | thing small coloured opened
    gift            | cadeau/cadeaux m      | तोहफ़ा -ā m     | thing small
    ball            | ballon m              | गेंद f          | thing small coloured
    pencil          | crayon m              | पेंसिल f        | thing small coloured
    star            | étoile f              | तारा -ā m      | sky
    house           | maison f              | घर m           | place inside owned cleaned
    room            | chambre f             | कमरा -ā m      | place inside cleaned
    garden          | jardin m              | बगीचा -ā m     | place inside owned
    school          | école f               | स्कूल m         | place inside goal
    hospital        | hôpital/hôpitaux m    | अस्पताल m      | place inside goal
    library/libraries | bibliothèque f      | पुस्तकालय m     | place inside goal
    market          | marché m              | बाज़ार m        | place goal
    park            | parc m                | पार्क m         | place inside goal
    village         | village m             | गाँव m          | place inside goal lived
    city/cities     | ville f               | शहर m          | place inside lived
    shop            | magasin m             | दुकान f        | place goal owned
    office          | bureau/bureaux m      | दफ़्तर m        | place goal
    river           | rivière f             | नदी -ī f       | nature water
    forest          | forêt f               | जंगल m         | nature inside
    """
)

MASS_NOUNS = _nouns(
    """
    milk   | lait m    | दूध m    | drink animaldrink foodstuff
    water  | eau f     | पानी m   | drink animaldrink
    tea    | thé m     | चाय f    | drink hotdrink
    coffee | café m    | कॉफ़ी f   | drink hotdrink
    bread  | pain m    | रोटी f   | meal warm foodstuff
    rice   | riz m     | चावल m  | meal warm
    cheese | fromage m | पनीर m  | meal foodstuff
    pizza  | pizza f   | पिज़्ज़ा m | meal warm
    """,
    mass=True,
)


def _adjectives(table: str, **flags: bool) -> list[Adjective]:
    """Read one adjective a line: English | French | before/after | Hindi | kinds.

    French gives masculine, feminine and perhaps masculine plural, feminine plural and the form
    before a vowel. Hindi gives one form that never changes or three; a slash parts off the word
    for living beings.
    """
    adjectives = []
    for line in table.strip().splitlines():
        en, french, where, hindi, kinds = (part.strip() for part in line.split("|"))
        forms = french.split(", ")
        masculine, feminine = forms[0], forms[1]
        if len(forms) == 2:
            forms += [masculine + "s", feminine + "s"]
        things, _, living = hindi.partition("/")
        adjectives.append(
            Adjective(
                en,
                (forms[0], forms[1], forms[2], forms[3]),
                forms[4] if len(forms) == 5 else masculine,
                where == "before",
                _hindi_adjective(things),
                frozenset(kinds.split()),
                _hindi_adjective(living) if living else None,
                **flags,
            )
        )
    return adjectives


def _hindi_adjective(text: str) -> tuple[str, str, str]:
    forms = [form.strip() for form in text.split(",")]
    if len(forms) == 3:
        return forms[0], forms[1], forms[2]
    return forms[0], forms[0], forms[0]


ADJECTIVES = _adjectives(
    """
    big         | grand, grande | before | बड़ा, बड़े, बड़ी | animal food thing plant opening vehicle place nature
    small       | petit, petite | before | छोटा, छोटे, छोटी | person animal food thing plant opening place water
    tall        | grand, grande | before | लंबा, लंबे, लंबी | person
    beautiful   | beau, belle, beaux, belles, bel | before | सुंदर | animal thing plant place nature sky shown heard
    old         | vieux, vieille, vieux, vieilles, vieil | before | पुराना, पुराने, पुरानी/बूढ़ा, बूढ़े, बूढ़ी | adult animal thing opening place vehicle tall heard shown
    new         | nouveau, nouvelle, nouveaux, nouvelles, nouvel | before | नया, नए, नई | thing opening vehicle place heard shown read friend
    young       | jeune, jeune | before | युवा | adult
    good        | bon, bonne | before | अच्छा, अच्छे, अच्छी | food drink meal read heard shown friend
    long        | long, longue | before | लंबा, लंबे, लंबी | read shown heard water
    red         | rouge, rouge | after | लाल | coloured ripe
    blue        | bleu, bleue | after | नीला, नीले, नीली | coloured
    green       | vert, verte | after | हरा, हरे, हरी | coloured
    white       | blanc, blanche | after | सफ़ेद | coloured animal
    black       | noir, noire | after | काला, काले, काली | coloured animal
    yellow      | jaune, jaune | after | पीला, पीले, पीली | coloured
    sad         | triste, triste | after | दुखी | person animal
    tired       | fatigué, fatiguée | after | थका हुआ, थके हुए, थकी हुई | person animal
    intelligent | intelligent, intelligente | after | होशियार | person animal
    strong      | fort, forte | after | ताक़तवर | person animal
    rich        | riche, riche | after | अमीर | adult
    poor        | pauvre, pauvre | after | ग़रीब | adult
    famous      | célèbre, célèbre | after | मशहूर | adult read heard shown goal lived
    kind        | gentil, gentille | after | दयालु | person
    expensive   | cher, chère | after | महँगा, महँगे, महँगी | thing fruit vehicle
    clean       | propre, propre | after | साफ़ | cleaned worn water
    dirty       | sale, sale | after | गंदा, गंदे, गंदी | cleaned worn water animal
    heavy       | lourd, lourde | after | भारी | small furniture
    important   | important, importante | after | महत्वपूर्ण | read goal
    interesting | intéressant, intéressante | after | दिलचस्प | read shown
    fresh       | frais, fraîche, frais, fraîches | after | ताज़ा, ताज़े, ताज़ी | fruit foodstuff
    sweet       | sucré, sucrée | after | मीठा, मीठे, मीठी | fruit sweet hotdrink
    hot         | chaud, chaude | after | गरम | drink warm
    cold        | froid, froide | after | ठंडा, ठंडे, ठंडी | drink warm
    fast        | rapide, rapide | after | तेज़ | runner vehicle
    dangerous   | dangereux, dangereuse, dangereux, dangereuses | after | ख़तरनाक | fierce
    happy       | heureux, heureuse, heureux, heureuses | after | ख़ुश | person animal
    """
) + _adjectives(
    """
    great       | super, super, super, super | after | बहुत अच्छा, बहुत अच्छे, बहुत अच्छी | person animal food drink meal thing read heard shown place plant vehicle
    magnificent | magnifique, magnifique | after | शानदार | animal place nature shown sky tall
    """,
    gradable=False,
)

ONLY_BEFORE_A_NOUN = frozenset({"new"})  # "le crayon est nouveau" is not what one says

FEELINGS = _adjectives(  # only after the verb: le chien a faim, कुत्ता भूखा है
    """
    hungry  | faim, faim, faim, faim | after | भूखा, भूखे, भूखी | person animal
    thirsty | soif, soif, soif, soif | after | प्यासा, प्यासे, प्यासी | person animal
    """,
    fr_with_avoir=True,
)


def _verbs(table: str) -> list[Verb]:
    """Read one verb a line.

    English, he-form | French with je, il, nous, vous, ils; infinitive | Hindi noun + stem, case |
    subjects | objects | prepositions of place | flags
    """
    verbs = []
    for line in table.strip().splitlines():
        english, french, hindi, subjects, objects, places, flags = (
            part.strip() for part in line.split("|")
        )
        en, en_s = english.split(", ")
        finite, infinitive = french.split("; ")
        je, il, nous, vous, ils = finite.split(", ")
        hindi, _, case = hindi.partition(",")
        noun, _, stem = hindi.strip().rpartition(" ")
        infinitive, _, preposition = infinitive.partition(" ")
        verbs.append(
            Verb(
                en,
                en_s,
                (je, il, nous, vous, ils),
                infinitive,
                stem,
                frozenset(subjects.split()),
                frozenset(objects.split()),
                noun,
                case.strip(),
                preposition,
                generic="generic" in flags,
                prepositions=tuple(p.strip() for p in places.split(",") if p.strip()),
                needs_place="needs place" in flags,
            )
        )
    return verbs


_AROUND = "in, near, behind, in front of"

TRANSITIVE = _verbs(
    f"""
    eat, eats | mange, mange, mangeons, mangez, mangent; manger | खा | person | food meal | in |
    eat, eats | mange, mange, mangeons, mangez, mangent; manger | खा | animal | fruit | in, near, under |
    drink, drinks | bois, boit, buvons, buvez, boivent; boire | पी | person | drink | in |
    drink, drinks | bois, boit, buvons, buvez, boivent; boire | पी | animal | animaldrink | |
    see, sees | vois, voit, voyons, voyez, voient; voir | देख | person animal | person animal thing plant opening vehicle sky nature | |
    watch, watches | regarde, regarde, regardons, regardez, regardent; regarder | देख | person | shown bird | in |
    like, likes | aime, aime, aimons, aimez, aiment; aimer | पसंद कर | person | person animal food drink meal thing read heard shown place | | generic
    like, likes | aime, aime, aimons, aimez, aiment; aimer | पसंद कर | animal | person animal fruit | | generic
    love, loves | adore, adore, adorons, adorez, adorent; adorer | प्यार कर, से | person | person animal | | generic
    buy, buys | achète, achète, achetons, achetez, achètent; acheter | ख़रीद | person | food drink meal thing | |
    sell, sells | vends, vend, vendons, vendez, vendent; vendre | बेच | adult | food drink meal thing | in |
    read, reads | lis, lit, lisons, lisez, lisent; lire | पढ़ | person | read | {_AROUND} |
    write, writes | écris, écrit, écrivons, écrivez, écrivent; écrire | लिख | person | written | in |
    open, opens | ouvre, ouvre, ouvrons, ouvrez, ouvrent; ouvrir | खोल | person | opening opened | |
    close, closes | ferme, ferme, fermons, fermez, ferment; fermer | बंद कर | person | opening | |
    clean, cleans | nettoie, nettoie, nettoyons, nettoyez, nettoient; nettoyer | साफ़ कर | person | cleaned | |
    look for, looks for | cherche, cherche, cherchons, cherchez, cherchent; chercher | ढूँढ | person | person animal small | {_AROUND} |
    know, knows | connais, connaît, connaissons, connaissez, connaissent; connaître | जान | person | person | |
    help, helps | aide, aide, aidons, aidez, aident; aider | मदद कर, की | person | person | |
    wait for, waits for | attends, attend, attendons, attendez, attendent; attendre | इंतज़ार कर, का | person | person awaited | {_AROUND} |
    wear, wears | porte, porte, portons, portez, portent; porter | पहन | person | worn | |
    sing, sings | chante, chante, chantons, chantez, chantent; chanter | गा | person | sung | in |
    listen to, listens to | écoute, écoute, écoutons, écoutez, écoutent; écouter | सुन | person | heard | in |
    talk to, talks to | parle, parle, parlons, parlez, parlent; parler à | बात कर, से | person | person | in, near, in front of |
    """
)

INTRANSITIVE = _verbs(
    f"""
    sleep, sleeps | dors, dort, dormons, dormez, dorment; dormir | सो | person animal | | {_AROUND}, under |
    play, plays | joue, joue, jouons, jouez, jouent; jouer | खेल | person animal | | {_AROUND}, under |
    run, runs | cours, court, courons, courez, courent; courir | दौड़ | person animal | | in, near, behind |
    work, works | travaille, travaille, travaillons, travaillez, travaillent; travailler | काम कर | adult friend family | | {_AROUND} |
    sing, sings | chante, chante, chantons, chantez, chantent; chanter | गा | person bird | | {_AROUND} |
    dance, dances | danse, danse, dansons, dansez, dansent; danser | नाच | person | | {_AROUND} |
    swim, swims | nage, nage, nageons, nagez, nagent; nager | तैर | person animal | | |
    cry, cries | pleure, pleure, pleurons, pleurez, pleurent; pleurer | रो | person | | {_AROUND} |
    laugh, laughs | ris, rit, rions, riez, rient; rire | हँस | person | | {_AROUND} |
    live, lives | habite, habite, habitons, habitez, habitent; habiter | रह | person animal | | in, near, behind | needs place
    """
)

GO, COME = _verbs(
    """
    go, goes | vais, va, allons, allez, vont; aller | जा | person | | to | needs place
    come, comes | viens, vient, venons, venez, viennent; venir | आ | person | | from | needs place
    """
)

(GIVE,) = _verbs(
    """
    give, gives | donne, donne, donnons, donnez, donnent; donner | दे | person | small fruit | |
    """
)

MODALS = {  # what takes another verb: English, French, Hindi stem (after stem or infinitive)
    "want": (("want to", "wants to"), ("veux", "veut", "voulons", "voulez", "veulent"), "चाह"),
    "can": (("can", "can"), ("peux", "peut", "pouvons", "pouvez", "peuvent"), "सक"),
    "like": (("like", "likes"), ("aime", "aime", "aimons", "aimez", "aiment"), "कर"),
}

PREPOSITIONS = {
    "in": Preposition("in", "dans", "में"),
    "on": Preposition("on", "sur", "पर"),
    "under": Preposition("under", "sous", "के नीचे"),
    "near": Preposition("near", "près de", "के पास"),
    "behind": Preposition("behind", "derrière", "के पीछे"),
    "in front of": Preposition("in front of", "devant", "के सामने"),
    "to": Preposition("to", "à", ""),
    "from": Preposition("from", "de", "से"),
}

PLACES_AFTER = {  # which kinds of nouns may follow a preposition
    "in": frozenset({"inside"}),
    "on": frozenset({"furniture"}),
    "under": frozenset({"furniture", "tall"}),
    "near": frozenset({"place", "nature", "opening", "tall"}),
    "behind": frozenset({"owned", "goal", "tall"}),
    "in front of": frozenset({"owned", "goal", "opening"}),
    "to": frozenset({"goal"}),
    "from": frozenset({"goal"}),
}

DEGREES = {"": ("", "", ""), "very": ("very", "très", "बहुत"), "quite": ("quite", "assez", "काफ़ी")}

FREQUENCIES = {  # English and Hindi before the verb (English), after the subject (Hindi)
    "": ("", "", ""),
    "often": ("often", "souvent", "अक्सर"),
    "always": ("always", "toujours", "हमेशा"),
    "sometimes": ("sometimes", "parfois", "कभी-कभी"),
}

TIMES = {  # English and French at the end, Hindi after the subject
    "": ("", "", ""),
    "every day": ("every day", "tous les jours", "हर दिन"),
    "in the morning": ("in the morning", "le matin", "सुबह"),
    "in the evening": ("in the evening", "le soir", "शाम को"),
}


def ownable(noun: Noun) -> bool:
    """True where "my" makes sense: not for lions, stars and rivers."""
    return not noun.kinds & {"wild", "sky", "nature"}


def living(noun: Noun) -> bool:
    """True for people and animals."""
    return bool(noun.kinds & {"person", "animal"})
