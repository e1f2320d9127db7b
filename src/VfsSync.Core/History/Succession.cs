using System.Collections.Immutable;

namespace VfsSync.Core.History;

/// <summary>
/// A node's last word: another key takes its place, with its name in the policy, its invitations and all that it may do. It holds in a record of that node itself. What the node wrote and its
/// word does not list, it wrote with a key that is nobody's any more.
/// </summary>
/// <param name="Next">The membership of the new key; <see cref="Membership.Before"/> is the node's own.</param>
/// <param name="Seen">Of each author the last record that was there when it was said, as in a <see cref="PolicyStatement"/>.</param>
internal sealed record Succession(Membership Next, ImmutableArray<SeenRecord> Seen) : Statement;
