#pragma once

/// End with a fault. False if there is none of that name.
bool provoke(const char *name);

void print_costs();
