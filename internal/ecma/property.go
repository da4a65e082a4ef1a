package ecma

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// errUnknownHere is said of a property that ECMA-262 has and this package has not.
var errUnknownHere = errors.New("is not supported here")

// propertySet finds the set that the text between the braces of \p{...} names:
// a general category, Script=, Script_Extensions= or a binary property (ECMA-262, section 22.2.1,
// tables 69 to 72). Names are exact, as ECMA-262 wants them.
func propertySet(text string) (set, error) {
	propertyCache.Lock()
	defer propertyCache.Unlock()
	if s, ok := propertyCache.sets[text]; ok {
		return s, nil
	}
	s, err := readProperty(text)
	if err != nil {
		return nil, err
	}
	propertyCache.sets[text] = s
	return s, nil
}

// Only names that exist are kept, so the cache is as small as Unicode's list of them.
var propertyCache = struct {
	sync.Mutex
	sets map[string]set
}{sets: map[string]set{}}

func readProperty(text string) (set, error) {
	name, value, pair := strings.Cut(text, "=")
	if !pair {
		if s, ok := category(name); ok {
			return s, nil
		}
		if s, ok := binaryProperty(name); ok {
			return s, nil
		}
		if slices.Contains(unknownProperties, name) {
			return nil, fmt.Errorf("the Unicode property %s %w; list its characters instead", name, errUnknownHere)
		}
		return nil, fmt.Errorf("no Unicode property is named %q", name)
	}
	switch name {
	case "General_Category", "gc":
		if s, ok := category(value); ok {
			return s, nil
		}
		return nil, fmt.Errorf("no Unicode general category is named %q", value)
	case "Script", "sc", "Script_Extensions", "scx":
		// The extensions are not among Go's tables; the script itself is their main part.
		if long, ok := scriptNames[value]; ok {
			value = long
		}
		if t, ok := unicode.Scripts[value]; ok {
			return tableSet(t), nil
		}
		return nil, fmt.Errorf("no Unicode script is named %q", value)
	}
	return nil, fmt.Errorf("no Unicode property takes a value by the name %q; there are General_Category, Script, Script_Extensions", name)
}

func category(name string) (set, bool) {
	if short, ok := unicode.CategoryAliases[name]; ok {
		name = short
	}
	switch name {
	case "Cs", "Surrogate":
		return set{{surrogateLo, surrogateHi}}, true
	case "C", "Other":
		return tableSet(unicode.C).union(tableSet(unicode.Categories["Cn"])).union(set{{surrogateLo, surrogateHi}}), true
	}
	t, ok := unicode.Categories[name]
	if !ok {
		return nil, false
	}
	return tableSet(t), true
}

// Known to ECMA-262, but not among Go's tables.
var unknownProperties = []string{
	"Bidi_Mirrored", "Bidi_M", "Case_Ignorable", "CI", "Changes_When_Casefolded", "CWCF",
	"Changes_When_Casemapped", "CWCM", "Changes_When_Lowercased", "CWL", "Changes_When_NFKC_Casefolded", "CWKCF",
	"Changes_When_Titlecased", "CWT", "Changes_When_Uppercased", "CWU", "Default_Ignorable_Code_Point", "DI",
	"Emoji", "Emoji_Component", "EComp", "Emoji_Modifier", "EMod", "Emoji_Modifier_Base", "EBase",
	"Emoji_Presentation", "EPres", "Extended_Pictographic", "ExtPict", "Grapheme_Base", "Gr_Base",
	"Grapheme_Extend", "Gr_Ext",
}

var propertyNames = map[string]string{
	"AHex": "ASCII_Hex_Digit", "Bidi_C": "Bidi_Control", "Dep": "Deprecated", "Dia": "Diacritic", "Ext": "Extender",
	"Hex": "Hex_Digit", "IDSB": "IDS_Binary_Operator", "IDST": "IDS_Trinary_Operator", "Ideo": "Ideographic",
	"Join_C": "Join_Control", "LOE": "Logical_Order_Exception", "NChar": "Noncharacter_Code_Point",
	"Pat_Syn": "Pattern_Syntax", "Pat_WS": "Pattern_White_Space", "QMark": "Quotation_Mark", "RI": "Regional_Indicator",
	"STerm": "Sentence_Terminal", "SD": "Soft_Dotted", "Term": "Terminal_Punctuation", "UIdeo": "Unified_Ideograph",
	"VS": "Variation_Selector", "space": "White_Space",
	"Alpha": "Alphabetic", "Lower": "Lowercase", "Upper": "Uppercase", "IDS": "ID_Start", "IDC": "ID_Continue",
	"XIDS": "XID_Start", "XIDC": "XID_Continue",
}

// Go's table of properties holds these, ECMA-262's does not.
var notECMA = []string{"Hyphen", "Other_Alphabetic", "Other_Grapheme_Extend", "Other_Uppercase", "Other_Lowercase", "Other_Math",
	"Other_Default_Ignorable_Code_Point", "Other_ID_Continue", "Other_ID_Start", "Prepended_Concatenation_Mark", "STerm"}

func binaryProperty(name string) (set, bool) {
	if long, ok := propertyNames[name]; ok {
		name = long
	} else if slices.Contains(notECMA, name) {
		return nil, false
	}
	all := func(tables ...*unicode.RangeTable) set {
		var s set
		for _, t := range tables {
			s = append(s, tableSet(t)...)
		}
		return tidy(s)
	}
	without := func(s set, t ...*unicode.RangeTable) set {
		return s.intersect(all(t...).negate(maxRune))
	}
	switch name {
	case "Any":
		return set{{0, maxRune}}, true
	case "ASCII":
		return set{{0, 0x7F}}, true
	case "Assigned":
		return tableSet(unicode.Categories["Cn"]).negate(maxRune), true
	case "Alphabetic":
		return all(unicode.L, unicode.Nl, unicode.Other_Alphabetic), true
	case "Lowercase":
		return all(unicode.Ll, unicode.Other_Lowercase), true
	case "Uppercase":
		return all(unicode.Lu, unicode.Other_Uppercase), true
	case "Cased":
		return all(unicode.Ll, unicode.Lu, unicode.Lt, unicode.Other_Lowercase, unicode.Other_Uppercase), true
	case "Math":
		return all(unicode.Sm, unicode.Other_Math), true
	case "ID_Start", "XID_Start": // which differ in a few characters that normalization changes
		return without(all(unicode.L, unicode.Nl, unicode.Other_ID_Start), unicode.Pattern_Syntax, unicode.Pattern_White_Space), true
	case "ID_Continue", "XID_Continue":
		return without(all(unicode.L, unicode.Nl, unicode.Other_ID_Start, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc,
			unicode.Other_ID_Continue), unicode.Pattern_Syntax, unicode.Pattern_White_Space), true
	}
	t, ok := unicode.Properties[name]
	if !ok {
		return nil, false
	}
	return tableSet(t), true
}

// scriptNames gives the long name for each four-letter code of ISO 15924 that Go has a table for.
var scriptNames = func() map[string]string {
	names := map[string]string{}
	words := strings.Fields(scriptCodes)
	for i := 0; i+1 < len(words); i += 2 {
		names[words[i]] = words[i+1]
	}
	return names
}()

const scriptCodes = `
Adlm Adlam Aghb Caucasian_Albanian Ahom Ahom Arab Arabic Armi Imperial_Aramaic Armn Armenian Avst
Avestan Bali Balinese Bamu Bamum Bass Bassa_Vah Batk Batak Beng Bengali Bhks Bhaiksuki Bopo Bopomofo
Brah Brahmi Brai Braille Bugi Buginese Buhd Buhid Cakm Chakma Cans Canadian_Aboriginal Cari Carian
Cham Cham Cher Cherokee Chrs Chorasmian Copt Coptic Cpmn Cypro_Minoan Cprt Cypriot Cyrl Cyrillic
Deva Devanagari Diak Dives_Akuru Dogr Dogra Dsrt Deseret Dupl Duployan Egyp Egyptian_Hieroglyphs
Elba Elbasan Elym Elymaic Ethi Ethiopic Geor Georgian Glag Glagolitic Gong Gunjala_Gondi Gonm
Masaram_Gondi Goth Gothic Gran Grantha Grek Greek Gujr Gujarati Guru Gurmukhi Hang Hangul Hani Han
Hano Hanunoo Hatr Hatran Hebr Hebrew Hira Hiragana Hluw Anatolian_Hieroglyphs Hmng Pahawh_Hmong Hmnp
Nyiakeng_Puachue_Hmong Hung Old_Hungarian Ital Old_Italic Java Javanese Kali Kayah_Li Kana Katakana
Kawi Kawi Khar Kharoshthi Khmr Khmer Khoj Khojki Kits Khitan_Small_Script Knda Kannada Kthi Kaithi
Lana Tai_Tham Laoo Lao Latn Latin Lepc Lepcha Limb Limbu Lina Linear_A Linb Linear_B Lisu Lisu Lyci
Lycian Lydi Lydian Mahj Mahajani Maka Makasar Mand Mandaic Mani Manichaean Marc Marchen Medf
Medefaidrin Mend Mende_Kikakui Merc Meroitic_Cursive Mero Meroitic_Hieroglyphs Miao Miao Mlym
Malayalam Modi Modi Mong Mongolian Mroo Mro Mtei Meetei_Mayek Mult Multani Mymr Myanmar Nagm
Nag_Mundari Nand Nandinagari Narb Old_North_Arabian Nbat Nabataean Newa Newa Nkoo Nko Nshu Nushu
Ogam Ogham Olck Ol_Chiki Orkh Old_Turkic Orya Oriya Osge Osage Osma Osmanya Ougr Old_Uyghur Palm
Palmyrene Pauc Pau_Cin_Hau Perm Old_Permic Phag Phags_Pa Phli Inscriptional_Pahlavi Phlp
Psalter_Pahlavi Phnx Phoenician Plrd Miao Prti Inscriptional_Parthian Qaac Coptic Qaai Inherited
Rjng Rejang Rohg Hanifi_Rohingya Runr Runic Samr Samaritan Sarb Old_South_Arabian Saur Saurashtra
Sgnw SignWriting Shaw Shavian Shrd Sharada Sidd Siddham Sind Khudawadi Sinh Sinhala Sogd Sogdian
Sogo Old_Sogdian Sora Sora_Sompeng Soyo Soyombo Sund Sundanese Sylo Syloti_Nagri Syrc Syriac Tagb
Tagbanwa Takr Takri Tale Tai_Le Talu New_Tai_Lue Taml Tamil Tang Tangut Tavt Tai_Viet Telu Telugu
Tfng Tifinagh Tglg Tagalog Thaa Thaana Thai Thai Tibt Tibetan Tirh Tirhuta Tnsa Tangsa Toto Toto
Ugar Ugaritic Vaii Vai Vith Vithkuqi Wara Warang_Citi Wcho Wancho Xpeo Old_Persian Xsux Cuneiform
Yezi Yezidi Yiii Yi Zanb Zanabazar_Square Zinh Inherited Zyyy Common
`
