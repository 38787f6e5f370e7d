"""支付单: the payment, its money, its refunds' shapes, and the automatic return."""
