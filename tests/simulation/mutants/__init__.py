"""The simulator's own proof: Zhenfu broken on purpose, in the ways in which payment systems are broken by accident.

Each mutant is a patch of the running code. A simulator that does not notice one within its bound of seeds proves nothing.

Mutants alone patch private names of the app. A fault of the outside is a failing twin that is passed in; a fault of the code is in the code,
and no twin has it. A private name that is gone stops its mutant with an error, so that a mutant never passes unnoticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.simulation.mutants import (
    alerts,
    alipay,
    balances,
    days,
    endings,
    guardians,
    late,
    looks,
    mini,
    money,
    orders,
    purposes,
    reading,
    recurring,
    refunds,
    registration,
    stays,
    terms,
    words,
    work,
)
from tests.simulation.mutants.patching import Patches
from tests.simulation.paying import Paying


@dataclass(frozen=True, slots=True)
class Mutant:
    """``within``: the number of seeds in which it must be caught. ``by``: words of the problem that it is known by. ``mini``: in a world
    with the mini-program; ``paying``: what people pay for in it."""

    name: str
    broken: str
    within: int
    by: str
    patches: Callable[[], Patches]
    mini: bool = False
    paying: Paying = Paying.BILLS

    def is_known_by(self, problem: str) -> bool:
        return self.by in problem


@contextmanager
def broken(mutant: Mutant) -> Iterator[None]:
    with ExitStack() as stack:
        for each in mutant.patches():
            stack.enter_context(each)
        yield


MUTANTS = (
    Mutant("no_version_guard", "writes without the version guard", 50, "version", work.no_version_guard),
    Mutant("lost_race_is_done", "a lost race counts as done", 60, "", work.lost_race_is_done),
    Mutant("acknowledged_before_stored", "notifications acknowledged before they are stored", 150, "acknowledged and is not stored", work.acknowledged_before_stored),
    Mutant("close_only_locally", "closed here, not at the channel", 60, "can still be paid at its channel", orders.close_only_locally),
    Mutant("other_attempt_not_closed", "the second phone starts beside the first", 50, "two open orders", orders.other_attempt_not_closed),
    Mutant("continued_by_anyone", "the second phone goes on with the first one's payment", 200, "the cashier of somebody else", orders.continued_by_anyone),
    Mutant("unknown_is_closed", "no answer counts as closed", 60, "can still be paid at its channel", orders.unknown_is_closed),
    Mutant("absent_is_closed", "an order that the channel does not know yet counts as closed", 300, "closed before", orders.absent_is_closed),
    Mutant("no_look_at_the_channel", "only notifications, no query", 20, "forgotten", orders.no_look_at_the_channel),
    Mutant("claims_kept_after_close", "claims stay when a payment is closed", 40, "still claims", orders.claims_kept_after_close),
    Mutant("claims_freed_before_closed", "claims freed when the close is only asked for", 600, "", orders.claims_freed_before_closed),
    Mutant("amount_not_compared", "the amount is not compared", 60, "(a)", money.amount_not_compared),
    Mutant("signature_not_checked", "WeChat Pay's signatures are not checked", 400, "wrong signature", money.signature_not_checked),
    Mutant("money_after_close_ignored", "money after the close is ignored", 600, "not stored", money.money_after_close_ignored),
    Mutant("unclaimed_money_dropped", "money without a payment is dropped", 150, "not stored", money.unclaimed_money_dropped),
    Mutant("crossed_off_before_done", "an effect is crossed off before its call", 20, "forgotten", work.crossed_off_before_done),
    Mutant("lease_ignored", "leases are ignored", 120, "two workers at once", work.lease_ignored),
    Mutant("lease_shorter_than_deadline", "a lease shorter than its call's deadline", 300, "two workers at once", work.lease_shorter_than_deadline),
    Mutant("lease_of_days", "a lease of days", 60, "(b)", work.lease_of_days),
    Mutant("clock_not_shared", "every process goes by its machine's clock", 600, "two workers at once", work.clock_not_shared),
    Mutant("wrong_clock_works_on", "a process whose clock is minutes off works on", 60, "whose clock is off", work.wrong_clock_works_on),
    Mutant("already_paid_believed", "the HIS's ALREADY_PAID is believed", 400, "(a)", money.already_paid_believed),
    Mutant("not_found_returns_money", "not found in the HIS returns the money", 400, "(a)", money.not_found_returns_money),
    Mutant("late_booking_not_looked_for", "nobody looks whether a call landed in the HIS after its refusal was believed", 300, "(a)", late.late_booking_not_looked_for),
    Mutant("refusal_believed_at_once", "a refusal is believed while an earlier call may still be running in the HIS", 300, "(a)", late.refusal_believed_at_once),
    Mutant("new_number_per_booking_try", "a new number per try of booking", 150, "(a)", money.new_number_per_booking_try),
    Mutant("new_refund_number_per_try", "a new number per try of a refund", 100, "(c)", money.new_refund_number_per_try),
    Mutant("stuck_refund_frees_its_share", "a stuck refund frees its share", 200, "(a)", money.stuck_refund_frees_its_share),
    Mutant("closed_refund_forgotten", "a closed refund is not sent again", 400, "forgotten", money.closed_refund_forgotten),
    Mutant("accepted_is_succeeded", "an accepted refund counts as paid back", 150, "(a)", money.accepted_is_succeeded),
    Mutant("no_alarms", "nobody is alarmed", 200, "(a)", money.no_alarms),
    Mutant("sms_not_looked_up", "an SMS is not looked up", 100, "SMS", work.sms_not_looked_up),
    Mutant("untold_when_unsure", "a message that could not be sent is given up", 80, "(d)", work.untold_when_unsure),
    Mutant("overtaken_still_sent", "an overtaken message is sent all the same", 80, "overtaken", words.overtaken_still_sent),
    Mutant("dropped_though_true", "a booking is not told any more once anything was refunded", 150, "dropped although it is true", words.dropped_though_true),
    Mutant("late_told_at_once", "that the booking lasts is told at the first failed try", 40, "which is not so", words.late_told_at_once),
    Mutant("late_told_again", "that the booking lasts is told after every failed try", 20, "(d)", words.late_told_again),
    Mutant("order_swapped", "a message does not wait for the one before it", 500, "is read after", words.order_swapped),
    Mutant("part_said_as_the_whole", "a part refund's messages say the whole amount", 80, "says amount", words.part_said_as_the_whole),
    Mutant("asked_said_as_paid", "a return's messages say what was asked, not what was paid", 80, "says amount", words.asked_said_as_paid),
    Mutant("another_reason", "a return's messages give another reason", 40, "says reason", words.another_reason),
    Mutant("another_guide", "a booking's messages lead elsewhere", 20, "says guide", words.another_guide),
    Mutant("the_time_of_greenwich", "messages say the time of Greenwich", 20, "says time", words.the_time_of_greenwich),
    Mutant("the_day_of_greenwich", "an SMS is looked up on the day of Greenwich", 60, "2 SMS", words.the_day_of_greenwich),
    Mutant("the_text_of_another_purpose", "accepted refunds are told as arrived", 80, "which is not so", words.the_text_of_another_purpose),
    Mutant("asked_though_decided", "staff are asked to agree to what is decided", 600, "asked to agree to what is decided", words.asked_though_decided),
    Mutant("a_no_without_its_reason", "who asked is not told why a refund is rejected", 800, "rejected without a reason", words.a_no_without_its_reason),
    Mutant("staff_told_of_the_whole", "staff read an amount that is not the refund's", 20, "and it is of", words.staff_told_of_the_whole),
    Mutant("money_before_write_off", "a refund's money goes without the HIS having written it off", 100, "written off", refunds.money_before_write_off),
    Mutant("nobody_need_agree", "one person refunds alone over the limit", 100, "limit alone", refunds.nobody_need_agree),
    Mutant("pieces_counted_alone", "a refund cut into pieces is looked at piece by piece", 300, "by one person over the limit", refunds.pieces_counted_alone),
    Mutant("alerts_without_end", "an alert stays open though its cause is gone", 150, "(g)", alerts.alerts_without_end),
    Mutant("alerts_end_under_their_cause", "an alert is closed though its cause is still there", 300, "(g)", alerts.alerts_end_under_their_cause),
    Mutant("only_today_s_cards_say_who_one_is", "who is who among staff is forgotten with the card", 500, "by the very person who asked", refunds.only_today_s_cards_say_who_one_is),
    Mutant("own_bills_are_anybody_s", "what staff have paid as patients is not known as their own", 300, "by the very patient", refunds.own_bills_are_anybody_s),
    Mutant("ended_by_one_person", "whoever proposes an ending also agrees to it", 300, "by one person alone", endings.ended_by_one_person),
    Mutant("settled_beside_the_stuck_refund", "an ending forgets the cap of refunds", 400, "gives back more than was paid", endings.settled_beside_the_stuck_refund),
    Mutant("rest_refunded_beside_the_booking", "the rest goes back although the HIS has booked it", 300, "although the HIS has it", endings.rest_refunded_beside_the_booking),
    Mutant("look_ignores_what_it_finds", "a look at the channel learns nothing of refunds", 200, "nobody has found it", looks.look_ignores_what_it_finds),
    Mutant("first_day_forgotten", "the timetable of looks forgets its first day", 200, "nobody has found it", looks.first_day_forgotten),
    Mutant("macs_not_checked", "what was changed in the database counts as ours", 60, "was sent", work.macs_not_checked),
    Mutant("unreadable_is_a_bug", "what can't be read is a bug to the worker, and never set aside", 60, "the app logged", reading.unreadable_is_a_bug),
    Mutant("nobody_is_told_of_the_unreadable", "what can't be read is set aside and nobody is told", 100, "can't be read", reading.nobody_is_told_of_the_unreadable),
    Mutant("newer_is_alerted_as_damage", "what a newer version wrote is alerted as damage", 100, "a newer version wrote it", reading.newer_is_alerted_as_damage),
    Mutant("message_known_by_its_id_alone", "a chat message is known by its MsgId alone, whoever said it", 60, "answered to somebody else", reading.message_known_by_its_id_alone),
    Mutant("nobody_wakes_what_waits", "a system that is back wakes nothing", 60, "sleeps on", reading.nobody_wakes_what_waits),
    Mutant("erased_though_it_owes", "a payment is erased while it owes something", 150, "while it owed something", reading.erased_though_it_owes),
    Mutant("erased_and_still_named", "an erased payment keeps name and card", 150, "still says who", reading.erased_and_still_named),
    Mutant("term_never_ends", "payments say for ever who paid", 40, "still says who paid", terms.term_never_ends),
    Mutant("term_a_year_short", "a payment says who for a year less than the law asks", 40, "before its term was over", terms.term_a_year_short),
    Mutant("broken_off_is_done", "a page of the round of retention counts as done though it broke off", 100, "still says who paid", terms.broken_off_is_done),
    Mutant("unused_people_stay_known", "identities that never come again stay known", 60, "an identity is known still", terms.unused_people_stay_known, mini=True),
    Mutant("unused_cards_stay_bound", "cards that nobody uses stay bound", 40, "a card is bound still", terms.unused_cards_stay_bound),
    Mutant("task_never_owed_again", "a recurring task is done once and then owed in ten years", 10, "is forgotten", recurring.task_never_owed_again),
    Mutant("task_place_forgotten", "a recurring task goes on at its beginning instead of its place", 40, "never comes to its end", recurring.task_place_forgotten),
    Mutant("task_without_a_lease", "a recurring task is leased for no time", 60, "two workers at once", recurring.task_without_a_lease),
    Mutant("head_of_the_day_that_runs", "the audit head is told of the day that is not over", 100, "reads of an audit head", recurring.head_of_the_day_that_runs),
    Mutant("alipay_absent_is_closed", "Alipay's TRADE_NOT_EXIST counts as closed", 400, "closed before", alipay.absent_is_closed),
    Mutant("alipay_close_only_locally", "closed here, not at Alipay", 100, "can still be paid at its channel", alipay.close_only_locally),
    Mutant("alipay_signature_not_checked", "Alipay's signatures are not checked", 150, "wrong signature", alipay.signature_not_checked),
    Mutant("alipay_missing_status_is_success", "a refund query without a status counts as arrived", 200, "counts as arrived and has not", alipay.missing_status_is_success),
    Mutant("alipay_refund_news_not_asked", "a refund that Alipay tells of is acknowledged and not asked for", 800, "(f)", alipay.refund_news_not_asked),
    Mutant("carry_forgotten", "what waits for the next day is not carried there", 300, "(j)", days.carry_forgotten),
    Mutant("result_of_the_run", "a day that is matched again from the same has another result", 300, "has another result", days.result_of_the_run),
    Mutant("decision_wiped_by_a_run", "matching a day again wipes what people decided about it", 300, "is gone", days.decision_wiped_by_a_run),
    Mutant("decision_moves_no_money", "finance decides that money goes back, and it stays", 400, "(a)", days.decision_moves_no_money),
    Mutant("fee_ignored", "a fee that the account does not show is not looked at", 300, "wrong fee", days.fee_ignored),
    Mutant("nobody_asks_the_his", "nobody asks the HIS for what its list of a day lacks", 200, "(a)", days.nobody_asks_the_his),
    Mutant("repair_done_twice", "what the HIS has lost is booked there twice", 200, "", days.repair_done_twice),
    Mutant("prefix_ignored", "rows of other systems on the same merchant account count as ours", 100, "(f)", days.prefix_ignored),
    Mutant("short_payout_unnoticed", "a payout that the bank has kept a fee of counts as arrived", 300, "nothing is said", days.short_payout_unnoticed),
    Mutant("further_side_unnoticed", "one more side's list is not compared", 300, "the further side lacks", days.further_side_unnoticed),
    Mutant("further_side_not_waited_for", "one more side's list that is late is gone without", 300, "without its further side", days.further_side_not_waited_for),
    Mutant("valid_receipt_unnoticed", "a refund whose receipt is still valid is not looked at", 300, "have a valid receipt", days.valid_receipt_unnoticed),
    Mutant("key_ignored", "an Idempotency-Key is ignored", 60, "under one Idempotency-Key", mini.key_ignored, mini=True),
    Mutant("key_without_its_request", "a key's answer is given to another request, too", 80, "under one Idempotency-Key", mini.key_without_its_request, mini=True),
    Mutant("another_sum_than_shown", "the sum that was shown is not compared", 100, "another sum than was shown", mini.another_sum_than_shown, mini=True),
    Mutant("refresh_token_good_twice", "a refresh token is good again", 80, "a refresh token was taken twice", mini.refresh_token_good_twice, mini=True),
    Mutant("session_outlives_its_copy", "a session lives on though its refresh token came twice", 40, "of a session that has ended", mini.session_outlives_its_copy, mini=True),
    Mutant("log_out_on_the_phone_only", "logging out ends nothing at the server", 40, "of a session that has ended", mini.log_out_on_the_phone_only, mini=True),
    Mutant("access_without_end", "a bearer token is good for a day", 100, "past its end", mini.access_without_end, mini=True),
    Mutant("payments_of_anybody", "whose payment it is is not looked at", 20, "read a payment of", mini.payments_of_anybody, mini=True),
    Mutant("list_of_everybody", "a list of payments has everybody's", 20, "read a payment of", mini.list_of_everybody, mini=True),
    Mutant("joined_after_unbinding", "an unbound card goes on joining two entrances", 120, "read a payment of", mini.joined_after_unbinding, mini=True),
    Mutant("any_card_is_ones_own", "every bound card counts as one's own", 60, "read a payment of", mini.any_card_is_ones_own, mini=True),
    Mutant("card_unbound_on_the_screen_only", "unbinding a card does nothing", 100, "", mini.card_unbound_on_the_screen_only, mini=True),
    Mutant("unused_card_joins_for_ever", "a binding that lay unused too long goes on", 100, "read a payment of", reading.unused_card_joins_for_ever, mini=True),
    Mutant("cashier_of_the_other_app", "a payment of the official account is paid in the mini-program", 250, "the cashier of somebody else", mini.cashier_of_the_other_app, mini=True),
    Mutant("nobody_is_told_in_the_app", "no subscribe message is sent", 40, "not told in the chat", mini.nobody_is_told_in_the_app, mini=True),
    Mutant("link_to_the_list", "the link in an SMS names no payment", 40, "the link leads elsewhere", mini.link_to_the_list, mini=True),
    Mutant("nothing_is_freed", "what a purpose holds is never freed", 60, "is held for", purposes.nothing_is_freed, paying=Paying.PURPOSES),
    Mutant("freed_without_asking", "a slot counts as freed without a call", 60, "is held for", purposes.freed_without_asking, paying=Paying.PURPOSES),
    Mutant("one_part_is_enough", "one paid part counts as all", 60, "(a)", purposes.one_part_is_enough, paying=Paying.PURPOSES),
    Mutant("the_paid_part_is_kept", "a paid part is kept though another is not paid", 60, "forgotten", purposes.the_paid_part_is_kept, paying=Paying.PURPOSES),
    Mutant("all_refunds_by_the_first_channel", "every refund is sent to the first part's channel", 60, "(a)", purposes.all_refunds_by_the_first_channel, paying=Paying.PURPOSES),
    Mutant("undone_in_any_order", "parts go back in any order", 60, "undone in the order", purposes.undone_in_any_order, paying=Paying.PURPOSES),
    Mutant("only_one_part_is_closed", "only the first part's order is closed", 60, "forgotten", purposes.only_one_part_is_closed, paying=Paying.PURPOSES),
    Mutant("written_off_without_asking", "a refund counts as written off without a call", 60, "(a)", purposes.written_off_without_asking, paying=Paying.PURPOSES),
    Mutant("a_fen_of_each_lot_is_lost", "the allocation loses a fen of each lot", 150, "to return", stays.a_fen_of_each_lot_is_lost, paying=Paying.STAYS),
    Mutant("lots_are_whole_again", "a lot gives again what has gone back of it", 150, "are planned", stays.lots_are_whole_again, paying=Paying.STAYS),
    Mutant("lots_cross_channels", "every lot goes back by WeChat", 150, "is no lot of", stays.lots_cross_channels, paying=Paying.STAYS),
    Mutant("a_found_settlement_is_not_carried_out", "a settlement whose answer was lost is found and not carried out", 200, "never asked back", stays.a_found_settlement_is_not_carried_out, paying=Paying.STAYS),
    Mutant("the_rest_is_never_asked_back", "a settlement asks no lot for its money", 60, "never asked back", stays.the_rest_is_never_asked_back, paying=Paying.STAYS),
    Mutant("a_deposit_is_told_short", "the HIS is told of a deposit a fen short", 60, "(a)", stays.a_deposit_is_told_short, paying=Paying.STAYS),
    Mutant("a_deposit_is_not_written_off", "a deposit's refund counts as written off without a call", 100, "(a)", stays.a_deposit_is_not_written_off, paying=Paying.STAYS),
    Mutant("the_cap_is_not_looked_at", "more is ordered than the HIS takes", 60, "more than the HIS takes", stays.the_cap_is_not_looked_at, paying=Paying.STAYS),
    Mutant("only_what_has_arrived_is_gone", "a lot gives again what is on its way back", 200, "are planned", stays.only_what_has_arrived_is_gone, paying=Paying.STAYS),
    Mutant("sent_is_called_returned", "what is on its way back is shown as returned", 200, "has not arrived", stays.sent_is_called_returned, paying=Paying.STAYS),
    Mutant("number_never_unlocked", "the HIS is not told that a number is free", 60, "is locked for", registration.number_never_unlocked, paying=Paying.REGISTRATION),
    Mutant("turn_not_claimed", "a person's day and turn are not claimed", 500, "numbers to come for one person", registration.turn_not_claimed, paying=Paying.REGISTRATION),
    Mutant("number_booked_without_the_his", "a number counts as booked without a call", 60, "and the HIS has it for", registration.number_booked_without_the_his, paying=Paying.REGISTRATION),
    Mutant("number_kept_though_paid_back", "a number that is paid back stays in the HIS", 60, "(a)", registration.number_kept_though_paid_back, paying=Paying.REGISTRATION),
    Mutant("changed_clinic_not_heard", "what the HIS says of a clinic is not kept", 120, "and the patient knows", registration.changed_clinic_not_heard, paying=Paying.REGISTRATION),
    Mutant("unpaid_number_kept", "a number that nobody pays at the window is never looked at", 120, "and the HIS has it for", registration.unpaid_number_kept, paying=Paying.REGISTRATION),
    Mutant("number_paid_at_the_window_lost", "the HIS's no to a number that is given back is not heard", 400, "(e)", registration.number_paid_at_the_window_lost, paying=Paying.REGISTRATION),
    Mutant("offer_told_again", "each repeat of an offer is told", 500, "was told of", registration.offer_told_again, paying=Paying.REGISTRATION),
    Mutant("offer_answered_and_told_to_nobody", "the HIS is answered for an offer, and nobody is told", 500, "and nobody was told", registration.offer_answered_and_told_to_nobody, paying=Paying.REGISTRATION),
    Mutant("last_offer_told_first", "an offer waits for the next one, which is told first", 500, "and was told later", registration.last_offer_told_first, paying=Paying.REGISTRATION),
    Mutant("end_at_the_window_not_told", "nobody is told that a number was not paid in time", 300, "was not told that", registration.end_at_the_window_not_told, paying=Paying.REGISTRATION),
    Mutant("favourites_overwritten", "of two favourites at once the last one stays", 200, "is no favourite any more", registration.favourites_overwritten, paying=Paying.REGISTRATION),
    Mutant("favourite_stays", "a favourite that is taken away stays", 100, "is a favourite still", registration.favourite_stays, paying=Paying.REGISTRATION),
    Mutant("a_lot_is_paid_twice", "each tap asks a lot for its money, whatever was asked of it before", 100, "gives back more than was paid", balances.a_lot_is_paid_twice, paying=Paying.BALANCES),
    Mutant("another_lot_covers_it_again", "what one lot gives is asked of another lot, too", 60, "are shown", balances.another_lot_covers_it_again, paying=Paying.BALANCES),
    Mutant("balance_lots_cross_channels", "every lot of an old balance goes back by WeChat", 60, "is no lot of", balances.balance_lots_cross_channels, paying=Paying.BALANCES),
    Mutant("a_balance_is_not_written_off", "what goes back of an old balance counts as written off without a call", 60, "(a)", balances.a_balance_is_not_written_off, paying=Paying.BALANCES),
    Mutant("spent_money_goes_back", "what was spent of an old balance goes back, too", 100, "are shown", balances.spent_money_goes_back, paying=Paying.BALANCES),
    Mutant("a_fen_of_each_balance_lot_is_lost", "each lot of an old balance gives a fen less", 60, "are shown", balances.a_fen_of_each_balance_lot_is_lost, paying=Paying.BALANCES),
    Mutant("what_was_asked_is_called_returned", "what was asked back of an old balance is shown as returned", 100, "have not arrived", balances.what_was_asked_is_called_returned, paying=Paying.BALANCES),
    Mutant("balances_of_anybody", "an old balance is shown to whoever knows its address", 100, "which nobody has bound", balances.balances_of_anybody, paying=Paying.BALANCES),
    Mutant("too_old_lots_go_back", "a lot goes back however old it is", 150, "takes it back no more", balances.too_old_lots_go_back, paying=Paying.BALANCES),
    Mutant("balance_told_in_each_round", "each round tells of an old balance again", 60, "times of the balance of", balances.balance_told_in_each_round, paying=Paying.BALANCES),
    Mutant("undelivered_counts_as_told", "a message that is reported as undelivered counts as told", 150, "on the list of the unreached", balances.undelivered_counts_as_told, paying=Paying.BALANCES),
    Mutant("relation_ignored", "whoever has bound a child's card may register the child", 60, "and is no guardian", guardians.relation_ignored, paying=Paying.GUARDIANS),
    Mutant("own_card_not_asked_for", "a guardian need not have bound an own card", 100, "and is no guardian", guardians.own_card_not_asked_for, paying=Paying.GUARDIANS),
)  # fmt: skip
