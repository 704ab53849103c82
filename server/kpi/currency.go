package kpi

import "strings"

// Currency is a currency's code by ISO 4217.
type Currency string

// twoDigits, noDigits and threeDigits are the currencies in use, by how many digits their minor unit has (ISO 4217, list
// one). Those of funds, metals and tests are left out.
const (
	twoDigits = ` AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP
		CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS
		KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB
		PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD
		TWD TZS UAH USD UYU UZS VES WST XCD XCG YER ZAR ZMW ZWG `
	noDigits    = " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF "
	threeDigits = " BHD IQD JOD KWD LYD OMR TND "
)

// digits is how many digits each currency's minor unit has.
var digits = func() map[Currency]int {
	all := map[Currency]int{}
	for n, codes := range map[int]string{0: noDigits, 2: twoDigits, 3: threeDigits} {
		for code := range strings.FieldsSeq(codes) {
			all[Currency(code)] = n
		}
	}
	return all
}()

// Known reports whether it is a currency in use.
func (c Currency) Known() bool { _, ok := digits[c]; return ok }

// Digits is how many digits the minor unit has: 2 for yuan, 0 for yen, 3 for Kuwait's dinar.
func (c Currency) Digits() int { return digits[c] }
