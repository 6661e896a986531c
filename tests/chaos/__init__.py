"""The store left to faults, kills and impatient people for minutes, and then its books compared: see `make chaos`."""
