"""报告查询: a patient's audited reports (laboratory, examination, pathology) as the HIS tells of them. It reads, and moves nothing."""
