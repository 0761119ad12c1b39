// Stands in for what the build knows of a board: a line that takes no time.
#pragma once
