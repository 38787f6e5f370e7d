"""缴费单: outpatient bills, as the HIS says."""
