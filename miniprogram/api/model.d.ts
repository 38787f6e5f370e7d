/** Names for what the API says. */
export interface Session { access_token: string; refresh_token: string; expires_in: number }
export interface Subscription { purpose: string; template_id: string; title: string }
export interface Me {
  phone_masked: string | null;
  large_type: boolean;
  hospital: { name: string; help_phone: string };
  subscriptions: Subscription[];
}
export interface Scan { name_masked: string; expires_at: string }
export interface Card { card_key: string; name_masked: string; card_masked: string }
export interface CodeSent { card_key: string; phone_masked: string; valid_seconds: number }
export interface BillItem {
  name: string; category: string; spec: string; unit: string; quantity: string; unit_price_fen: number; amount_fen: number;
}
export interface Bill {
  bill_no: string; department: string; doctor: string; issued_at: string; status: string; total_fen: number | null;
  fund_fen?: number | null; account_fen?: number | null; own_fen: number; settle_group?: string | null; items?: BillItem[] | null;
}
export interface PatientBills { card_key: string; name_masked: string; from_scan: boolean; bills: Bill[] }
export interface Refund {
  out_refund_no: string; amount_fen: number; state: string; reason_text: string; requested_at: string; finished_at?: string | null;
}
export interface Payment {
  out_trade_no: string; name_masked?: string | null;
  state: 'paying' | 'confirming' | 'paid' | 'booked' | 'closed' | 'returning' | 'returned';
  final: boolean; amount_fen: number; departments: string[]; bill_nos: string[]; created_at: string; paid_at?: string | null;
  guide_text: string; receipt_no: string; receipt_url: string; headline: string; detail: string;
  timeline: { at: string; text: string }[]; refunds: Refund[];
}
export interface Call { timeStamp: string; nonceStr: string; package: string; signType: string; paySign: string }
export interface Started { payment: Payment; call: Call | null }
export interface Notice { id: string; title: string; text: string; at: string }
export interface Page<T> { items: T[]; next: string | null }
