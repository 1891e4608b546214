"""Where leads go: one module per system, all with the same promises, see `bot.leads.crm.base`."""
