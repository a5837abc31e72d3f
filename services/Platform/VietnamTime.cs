namespace Hotline111.Platform;

/// <summary>The time of the hotline: Vietnam's, seven hours before UTC all year round.</summary>
public static class VietnamTime
{
    /// <summary>What Vietnam's clocks are ahead of UTC.</summary>
    public static readonly TimeSpan Offset = TimeSpan.FromHours(7);

    extension(DateTimeOffset at)
    {
        /// <summary>The same moment as Vietnam's clocks show it.</summary>
        public DateTimeOffset InVietnam => at.ToOffset(Offset);

        /// <summary>The day it is in Vietnam then.</summary>
        public DateOnly DayInVietnam => DateOnly.FromDateTime(at.ToOffset(Offset).Date);
    }
}
