// SPDX-License-Identifier: MIT
#ifndef CONNECTIONSTORE_H
#define CONNECTIONSTORE_H

struct ConnectionSettings;
struct SavedConnection;

// Between the settings of the window and those that are saved under a name.
ConnectionSettings settingsOf(const SavedConnection &saved);
// What the window does not know stays as it is in `saved`.
void updateSaved(SavedConnection *saved, const ConnectionSettings &settings);

#endif // CONNECTIONSTORE_H
