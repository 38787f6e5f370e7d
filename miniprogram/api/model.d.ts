/** Short names for the shapes of the server's OpenAPI document (`openapi.d.ts` is generated from it by scripts/miniprogram-types). */
import type { components } from './openapi';

type Schemas = components['schemas'];

export type Session = Schemas['Tokens'];
export type Subscription = Schemas['SubscriptionTold'];
export type SubscriptionsAsked = Schemas['SubscriptionsAsked'];
export type Me = Schemas['Me'];
export type Home = Schemas['HomeTold'];
export type Scan = Schemas['ScanTold'];
export type Card = Schemas['CardTold'];
export type Binding = Schemas['BindingTold'];
export type CardCodeAsked = Partial<Schemas['CardCodeAsked']>; // a card's number and name, or its key
export type CodeSent = Schemas['CardCodeTold'];
export type Bill = Schemas['BillTold'];
export type BillItem = Schemas['BillItemTold'];
export type PatientBills = Schemas['PatientBillsTold'];
export type Refund = Schemas['RefundTold'];
export type Payment = Schemas['PaymentTold'];
export type PaymentAsked = Schemas['PaymentAsked'];
export type Call = Schemas['CallTold'];
export type Started = Schemas['StartedTold'];
export type CallAnswer = Schemas['CallAnswer'];
export type Department = Schemas['DepartmentTold'];
export type DepartmentShifts = Schemas['DepartmentShiftsTold'];
export type Shift = Schemas['ShiftTold'];
export type ShiftPeriods = Schemas['ShiftPeriodsTold'];
export type RegistrationNumber = Schemas['NumberTold'];
export type NumberAsked = Schemas['NumberAsked'];
export type CheckInAsked = Schemas['CheckInAsked'];
export type Doctor = Schemas['DoctorTold'];
export type DoctorShifts = Schemas['DoctorShiftsTold'];
export type Wait = Schemas['WaitTold'];
export type Waiting = Schemas['WaitingTold'];
export type Appointment = Schemas['AppointmentTold'];
export type Cancelled = Schemas['CancelledTold'];
export type Rebooked = Schemas['RebookedTold'];
export type Queue = Schemas['QueueTold'];
export type AdmissionCodeAsked = Schemas['AdmissionCodeAsked'];
export type Admission = Schemas['AdmissionTold'];
export type DayList = Schemas['DayListTold'];
export type Deposit = Schemas['DepositTold'];
export type Deposits = Schemas['DepositsTold'];
export type TopUp = Schemas['TopUpTold'];
export type TopUpAsked = Schemas['TopUpAsked'];
export type Sum = Schemas['SumTold'];
export type BalanceLine = Schemas['BalanceLineTold'];
export type Balance = Schemas['BalanceTold'];
export type BalanceReturnAsked = Schemas['BalanceReturnAsked'];
export type Lot = Schemas['LotTold'];
export type Discharge = Schemas['DischargeTold'];
export type SettlementAsked = Schemas['SettlementAsked'];
export type ReportLine = Schemas['ReportLineTold'];
export type Report = Schemas['ReportTold'];
export type Wristband = Schemas['WristbandTold'];
export type WristbandDepositAsked = Schemas['WristbandDepositAsked'];
export type Share = Schemas['ShareTold'];
export type ReportFile = Schemas['ReportFileTold'];
export type ReportCode = Schemas['ReportCodeTold'];
export type Values = Schemas['ValuesTold'];
export type Notice = Schemas['NoticeTold'];

/** What every list of the API is. */
export interface Page<T> {
  items: T[];
  next: string | null;
}
