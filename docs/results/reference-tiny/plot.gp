# gnuplot plot.gp: the curves of this folder as curves.svg
set terminal svg size 960,320 font "sans,12" background "white"
set output "curves.svg"
set datafile separator ","
set multiplot layout 1,3
set grid lc rgb "#dddddd"
set logscale y
set xlabel "update"
unset key
set title "autoencoder: mean absolute error"
plot "autoencoder.csv" every ::1 using 1:2 with lines lw 2 lc rgb "#1f77b4"
set title "one synthesis sample: velocity MSE"
plot "synthesis.csv" every ::1 using 1:2 with lines lw 2 lc rgb "#1f77b4"
set title "64 questions: cross-entropy"
plot "questions.csv" every ::1 using 1:2 with lines lw 2 lc rgb "#1f77b4"
unset multiplot
