"""告警: something a person must look at, from the moment it is raised until its cause is gone or a person ends it."""
