"""Accounts: the methane fee, CO2-equivalents, inventories, pledges; pure domain."""
